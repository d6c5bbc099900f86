/*
 * audit/catalog-ids.h - the MESSAGE_ID of each kind of record
 *
 * Random numbers, never changed and never used again: filters and alarms of other people go by
 * them. Each has an entry in units/signet.catalog.
 */
#ifndef AGENT_AUDIT_CATALOG_IDS_H
#define AGENT_AUDIT_CATALOG_IDS_H

#define RECORD_ID_SIGNED "3a36a7eb4a424d71b5de9c0f84b0995c"
#define RECORD_ID_ANSWERED "60820e13754845c3b896cf54f8a57e24"
#define RECORD_ID_DENIED "c6a757abaa1940abb659144fa244148b"
#define RECORD_ID_FAILED "aae47797a5bc4d1f8642ac9328763ef7"
#define RECORD_ID_UNLOCKED "ca7a7cea12894cfd862540ec77647ed9"
#define RECORD_ID_LOCKED "1c378942f45d4253b207221325cebcb9"
#define RECORD_ID_PIN_REFUSED "46f9bfe1ca69489cba72bcd64b2c782b"
#define RECORD_ID_TOKEN_BLOCKED "a27e280118214df2a46389328557722e"
#define RECORD_ID_TOKEN_LOST "1555c716936a4bba8f8d2196f84fe222"
#define RECORD_ID_TOKEN_BACK "154811152c30460aa534a8efa21dafd6"
#define RECORD_ID_CONFIG_REFUSED "bdc64b9f55bb40699a6119805dcbaeac"
#define RECORD_ID_CONFIG_LOADED "47e5c96e97c944e691e0bb36f15846e1"
#define RECORD_ID_TURNED_AWAY "67c9bb315d724397b4166672a23f19d8"
#define RECORD_ID_IDENTITY "a1f5c8d5eeae47b19d2e632ecc265712"

#endif
