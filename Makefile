# What is built, how, the tests, the lint and what is installed; to be read from top to bottom.
#
#   make                  build everything into build/
#   make try              install what is missing, build, and sign a file on a SoftHSM token
#   make check            install what is missing, build, and run all tests
#   make check-unit       unit tests and corpora alone
#   make check-integration [T='signs refuses']    tests on a booted systemd alone; T=endures
#                         SEED=random              draws other faults, SEED=N the ones of that run
#   make check-consumers [T='java uefi']           install what is missing, and let other people's
#                         programs sign: Java, NSS, GnuTLS, sbsign ...; also on a booted systemd
#   make lint             what can be said about the sources without running them
#   make fuzz T=frame     search for new inputs, for FUZZ_SECONDS a target; no T: every target
#   make bench
#   make install DESTDIR= prefix=/usr             and uninstall
#
# V=1 shows the commands, WERROR=1 makes warnings errors, CC=clang, and SAN=address,undefined
# builds in build-address,undefined/ and tests that.

VERSION := 0.1.0

# The default is /usr because polkit reads its actions from nowhere else.
prefix     ?= /usr
bindir     ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
datadir    ?= $(prefix)/share
includedir ?= $(prefix)/include
mandir     ?= $(datadir)/man
PKG_CONFIG ?= pkg-config

# --- what is built: each product names the rooms it is made of, and the packages -----------------

floor_ROOMS         := agent/base agent/wire agent/model

signetd_ROOMS       := agent agent/peer agent/policy agent/token agent/audit
signetd_PKGS        := libsystemd libsodium p11-kit-1

signet-token_ROOMS  := agent/worker
signet-token_PKGS   := libp11 libcrypto p11-kit-1 libsodium

libsignet_ROOMS     := client/lib

signet_ROOMS        := client/cli
signet_PKGS         := libcrypto libfsverity json-c liblzma libsodium libzstd zlib

signet-pkcs11_ROOMS := client/pkcs11
signet-pkcs11_PKGS  := libsodium

provider_ROOMS      := client/provider
provider_PKGS       := libcrypto

signet-gpg-agent_ROOMS := client/gpg-agent
signet-gpg-agent_PKGS  := libgcrypt gpg-error

pam_signet_ROOMS := pam
pam_signet_PKGS  := hogweed nettle gmp libsodium pam

PACKAGES := $(sort $(signetd_PKGS) $(signet-token_PKGS) $(signet_PKGS) $(signet-pkcs11_PKGS) \
	    $(provider_PKGS) $(signet-gpg-agent_PKGS) $(pam_signet_PKGS))
ROOMS    := $(floor_ROOMS) $(signetd_ROOMS) $(signet-token_ROOMS) $(libsignet_ROOMS) $(signet_ROOMS) \
	    $(signet-pkcs11_ROOMS) $(provider_ROOMS) $(signet-gpg-agent_ROOMS) $(pam_signet_ROOMS)

B        := build$(addprefix -,$(SAN))
PRODUCTS := $(addprefix $(B)/,signetd signet-token signet-gpg-agent libsignet.so.0 \
	    $(foreach p,signet signet-pkcs11.so signet.so pam_signet.so,$(p) installed/$(p)))

# --- how -----------------------------------------------------------------------------------------

CFLAGS ?= $(if $(SAN),-O1,-O2) -g
# Not -Wmaybe-uninitialized: gcc does not know that errno is positive, and so takes every
# 'return -errno' for a way to succeed.
WARN   := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wvla \
	  -Wshadow -Wswitch-enum -Wformat=2 -Wpointer-arith -Wundef -Wwrite-strings \
	  -Wimplicit-fallthrough -Wdate-time -Werror=implicit-function-declaration \
	  $(if $(findstring clang,$(CC)),,-Wno-maybe-uninitialized)
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
SANITY  = -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer

ALL_CFLAGS  = -std=gnu17 -D_GNU_SOURCE -DSIGNET_VERSION=\"$(VERSION)\" -I. -fPIC -pthread $(WARN) \
	      $(if $(WERROR),-Werror) $(if $(SAN),$(SANITY),$(HARDEN)) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed \
	      $(if $(SAN),-fsanitize=$(SAN),-Wl,-z,defs) $(LDFLAGS)

# pkg-config is asked when the first file is compiled, not when this file is read: `make check` on
# a bare machine installs the packages in between. The answer is kept.
PKG_CFLAGS  = $(eval PKG_CFLAGS := $$(shell $(PKG_CONFIG) --cflags $(PACKAGES)))$(PKG_CFLAGS)
libs_of     = $(if $(1),$(shell $(PKG_CONFIG) --libs $(1)))

Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-6s %s\n' $(1) $(2);)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SUFFIXES:

all: $(PRODUCTS)

objects = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard $(addsuffix /*.c,$(1)))))

# Other flags, another build.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' >$@

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Archives, so that a program takes from the floor only what it uses: nothing but signet-token may
# hold a secret, and libsignet stays small. A room's own archive is for the tests.
$(B)/floor.a: $(call objects,$(floor_ROOMS))
$(foreach r,$(ROOMS),$(eval $(B)/$(r).a: $(call objects,$(r))))
$(B)/%.a:
	$(call say,AR,$@)mkdir -p $(@D) && rm -f $@ && $(AR) rcsT $@ $^

# What is linked is a program, unless the product says otherwise.
SHAPE = -pie
link  = $(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CFLAGS) $(SHAPE) -o $@ \
	$(filter %.o %.a %.so.0,$^) $(ALL_LDFLAGS) $(call libs_of,$(1))

$(B)/signetd: $(call objects,$(signetd_ROOMS)) $(B)/floor.a
	$(call link,$(signetd_PKGS))

# libp11 loads the module it is told to; ours is the program itself, where the gate stands.
GATE := -Wl,--export-dynamic-symbol=C_GetFunctionList,--export-dynamic-symbol=C_GetInterface
$(B)/signet-token: SHAPE = -pie $(GATE)
$(B)/signet-token: $(call objects,$(signet-token_ROOMS)) $(B)/floor.a
	$(call link,$(signet-token_PKGS))

# No -fvisibility=hidden: with a map it would hide all there is.
LIBMAP := client/lib/libsignet.map
$(B)/libsignet.so.0: SHAPE = -shared -Wl,-soname=$(@F),--version-script=$(LIBMAP)
$(B)/libsignet.so.0: $(call objects,$(libsignet_ROOMS)) $(B)/floor.a $(LIBMAP)
	$(link)

# Twice: the first runs from the tree, the second finds libsignet where the system has it.
$(B)/signet: SHAPE = -pie -Wl,-rpath='$$ORIGIN'
$(B)/signet $(B)/installed/signet: $(call objects,$(signet_ROOMS)) $(B)/pam.a $(B)/floor.a \
		$(B)/libsignet.so.0
	$(call link,$(signet_PKGS))

MODULEMAP := client/pkcs11/signet-pkcs11.map
# Stays once it was loaded: a thread may still be inside when the host unloads it.
MODULE    := -shared -Wl,-z,nodelete,--version-script=$(MODULEMAP)
$(B)/signet-pkcs11.so: SHAPE = $(MODULE) -Wl,-rpath='$$ORIGIN'
$(B)/installed/signet-pkcs11.so: SHAPE = $(MODULE)
$(B)/signet-pkcs11.so $(B)/installed/signet-pkcs11.so: $(call objects,$(signet-pkcs11_ROOMS)) \
		$(B)/libsignet.so.0 $(MODULEMAP)
	$(call link,$(signet-pkcs11_PKGS))

PROVIDER := -shared -Wl,--version-script=client/provider/signet.map
$(B)/signet.so: SHAPE = $(PROVIDER) -Wl,-rpath='$$ORIGIN'
$(B)/installed/signet.so: SHAPE = $(PROVIDER)
$(B)/signet.so $(B)/installed/signet.so: $(call objects,$(provider_ROOMS)) $(B)/libsignet.so.0 \
		client/provider/signet.map
	$(call link,$(provider_PKGS))

PAM := -shared -Wl,--version-script=pam/pam_signet.map
$(B)/pam_signet.so: SHAPE = $(PAM) -Wl,-rpath='$$ORIGIN'
$(B)/installed/pam_signet.so: SHAPE = $(PAM)
$(B)/pam_signet.so $(B)/installed/pam_signet.so: $(call objects,$(pam_signet_ROOMS)) $(B)/floor.a \
		$(B)/libsignet.so.0 pam/pam_signet.map
	$(call link,$(pam_signet_PKGS))

# systemd starts it, once it is installed.
$(B)/signet-gpg-agent: $(call objects,$(signet-gpg-agent_ROOMS)) $(B)/libsignet.so.0
	$(call link,$(signet-gpg-agent_PKGS))

# --- tests ---------------------------------------------------------------------------------------
# tests/unit/test-X.c is linked with the room where X.c stands, and with the floor; what tests the
# story in agent/ is linked with all of signetd's rooms. The same holds for tests/fuzz/fuzz-X.c.

libsignet_TESTED := client/lib
signet_TESTED    := client/cli client/lib
verify_TESTED    := client/cli client/lib
provider_TESTED  := client/provider client/lib
scheme_TESTED    := client/provider client/lib
pkcs11_TESTED    := client/pkcs11
grant_TESTED     := agent/policy
config_TESTED    := client/cli client/lib
reply_TESTED     := client/lib
options_TESTED   := pam
sessions_TESTED  := pam

room_of   = $(patsubst %/,%,$(dir $(firstword $(wildcard $(addsuffix /$(1).c,$(ROOMS))))))
tested    = $(or $($(1)_TESTED),$(patsubst agent,$(signetd_ROOMS),$(call room_of,$(1))))
# What asks the agent is linked with what it asks by.
asking    = client/pkcs11 client/gpg-agent pam
linked    = $(call tested,$(1)) $(if $(filter $(asking),$(call tested,$(1))),client/lib)
archives  = $(patsubst %,$(B)/%.a,$(filter-out $(floor_ROOMS),$(call linked,$(1))) floor)

UNIT  := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/unit/test-*.c))
FUZZ  := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz-*.c))
FAULT := $(B)/tests/fault/faultp11.so $(B)/tests/fault/endure $(B)/tests/fault/pamhost
BENCH := $(B)/tests/bench/bench

$(UNIT) $(FUZZ): SHAPE = -pie $(GATE)
$(UNIT): $(B)/tests/unit/test-%: $(B)/tests/unit/test-%.o $$(call archives,$$*)
	$(call link,check $(PACKAGES))
$(FUZZ): $(B)/tests/fuzz/fuzz-%: $(B)/tests/fuzz/fuzz-%.o $(B)/tests/fuzz/main.o $$(call archives,$$*)
	$(call link,$(PACKAGES))
$(B)/fuzz/%: $(B)/tests/fuzz/fuzz-%.o $$(call archives,$$*)
	$(call link,$(PACKAGES)) -fsanitize=fuzzer
$(B)/tests/fault/%.so: SHAPE = -shared
$(B)/tests/fault/%.so: $(B)/tests/fault/%.o
	$(call link,$(PACKAGES))
$(B)/tests/fault/endure: $(B)/tests/fault/endure.o $(B)/tests/bench/public.o $(B)/libsignet.so.0 \
		$(B)/floor.a
	$(call link,libcrypto)
$(B)/tests/fault/pamhost: $(B)/tests/fault/pamhost.o
	$(call link,pam)
$(BENCH): $(call objects,tests/bench) $(B)/floor.a
	$(call link,libcrypto)

# Sanitizers are slow: Check's time-outs are stretched for them, and every report ends a test.
ENV = $(if $(SAN),CK_TIMEOUT_MULTIPLIER=5 ASAN_OPTIONS=detect_stack_use_after_return=1 \
	UBSAN_OPTIONS=print_stacktrace=1) TOP=$(CURDIR) B=$(B)
# Where -j is not given, as many jobs as there are processors.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

programs: all $(UNIT) $(FUZZ) $(FAULT) $(BENCH)

CHOSEN = $(or $(foreach t,$(T),$(filter %/test-$(t) %/fuzz-$(t),$(UNIT) $(FUZZ))),$(UNIT) $(FUZZ))
check-unit: $$(CHOSEN)
	$(Q)$(ENV) tests/unit/run $^

check-integration: all $(FAULT)
	$(if $(SAN),+$(Q)$(MAKE) --no-print-directory SAN= B=build build/pam_signet.so)
	$(Q)SAN=$(SAN) tests/lib/run-integration integration $(T)

check-consumers:
	$(Q)tests/lib/deps consumers
	$(Q)$(MAKE) --no-print-directory $(JOBS) all $(B)/node
	$(Q)SAN=$(SAN) tests/lib/run-integration consumers $(T)

# Consumers from npm; what they are is pinned by version and hash. Node's headers are on this
# machine, so that the addon is built without fetching them.
$(B)/node: tests/lib/node/package.json tests/lib/node/package-lock.json
	$(call say,NPM,$@)rm -rf $@ $@.new && mkdir -p $@.new && cp $^ $@.new && \
		npm_config_nodedir=/usr npm --prefix $@.new --loglevel=error --no-audit --no-fund --omit=optional ci && \
		mv $@.new $@

# Each step is a make of its own, so that a broken one does not hide what the others have to say.
SANITIZED := SAN=address,undefined
STEPS := programs check-unit:check-integration+check-unit/$(SANITIZED):check-integration/$(SANITIZED)
check:
	$(Q)tests/lib/deps check
	$(Q)$(MAKE) --no-print-directory $(JOBS) check-steps
check-steps:
	+$(Q)MAKE='$(MAKE)' tests/check $(STEPS)

try:
	$(Q)tests/lib/deps try
	$(Q)$(MAKE) --no-print-directory $(JOBS) all
	$(Q)tests/try $(B)

bench:
	$(Q)tests/lib/deps bench
	$(Q)$(MAKE) --no-print-directory $(JOBS) all $(BENCH)
	$(Q)tests/bench/run $(B)
	$(Q)tests/bench/formats $(B)
	$(Q)SAN= tests/lib/run-integration bench policy

# What the fuzzer finds goes to build-fuzz/; what is worth keeping is moved by hand to the corpus.
FUZZ_SECONDS ?= 60
fuzz:
	$(Q)tests/lib/deps check
	$(Q)for t in $(or $(T),$(patsubst $(B)/tests/fuzz/fuzz-%,%,$(FUZZ))); do \
		$(MAKE) --no-print-directory $(JOBS) B=build-fuzz CC=clang \
			SAN=fuzzer-no-link,address,undefined build-fuzz/fuzz/$$t && \
		mkdir -p build-fuzz/corpus/$$t && \
		build-fuzz/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
			-artifact_prefix=build-fuzz/$$t- build-fuzz/corpus/$$t tests/fuzz/corpus/$$t \
		|| exit 1; done

# --- lint ----------------------------------------------------------------------------------------

HEADERS := $(shell find $(wildcard agent client pam) -name '*.h')

headers: $(HEADERS:%=$(B)/%.ok)
$(B)/%.h.ok: %.h $(B)/flags
	$(call say,HDR,$<)mkdir -p $(@D) && echo '#include "$<"' | \
		$(CC) $(ALL_CFLAGS) -MMD -MP -MT $@ -MF $(@:.ok=.d) -fsyntax-only -x c - && touch $@

lint:
	$(Q)tests/lib/deps lint
	+$(Q)MAKE='$(MAKE) --no-print-directory $(JOBS)' tests/lint/run

# --- install -------------------------------------------------------------------------------------
# Where things belong is asked of pkg-config, and moved below prefix.

ask          = $(patsubst /usr/%,$(prefix)/%,$(patsubst /lib/%,/usr/lib/%,$(shell \
	       $(PKG_CONFIG) --variable=$(2) $(1) 2>/dev/null)))
libdir      ?= $(or $(call ask,libsystemd,libdir),$(prefix)/lib)
unitdir     ?= $(or $(call ask,systemd,systemdsystemunitdir),$(prefix)/lib/systemd/system)
userunitdir ?= $(or $(call ask,systemd,systemduserunitdir),$(prefix)/lib/systemd/user)
presetdir   ?= $(or $(call ask,systemd,systemdsystempresetdir),$(prefix)/lib/systemd/system-preset)
catalogdir  ?= $(or $(call ask,systemd,catalogdir),$(prefix)/lib/systemd/catalog)
sysusersdir ?= $(or $(call ask,systemd,sysusersdir),$(prefix)/lib/sysusers.d)
tmpfilesdir ?= $(or $(call ask,systemd,tmpfilesdir),$(prefix)/lib/tmpfiles.d)
actiondir   ?= $(or $(call ask,polkit-gobject-1,actiondir),$(datadir)/polkit-1/actions)
modulesdir  ?= $(or $(call ask,libcrypto,modulesdir),$(libdir)/ossl-modules)
moduledir    = $(libdir)/pkcs11
pamdir      ?= $(or $(call ask,pam,libdir),$(libdir))/security
p11kitdir   ?= $(or $(call ask,p11-kit-1,p11_module_configs),$(datadir)/p11-kit/modules)
compdir     ?= $(or $(call ask,bash-completion,completionsdir),$(datadir)/bash-completion/completions)

# Type=notify-reload came with systemd 253; before that the reload is a signal that we are told to
# send.
systemd      = $(firstword $(subst ., ,$(shell $(PKG_CONFIG) --modversion libsystemd 2>/dev/null)) 0)
reloads      = $(shell test $(systemd) -ge 253 && echo yes)
notify_type  = notify$(if $(reloads),-reload)
execreload   = $(if $(reloads),,ExecReload=kill -HUP $$MAINPID)

# p11-kit finds a module by its file name in one directory, and by its path in any other.
p11_path      = $(shell $(PKG_CONFIG) --variable=p11_module_path p11-kit-1 2>/dev/null)
pkcs11_module = $(if $(filter $(moduledir),$(p11_path)),,$(moduledir)/)signet-pkcs11.so

# What stands in @...@ in a file of text; a line that becomes empty goes.
FILL = sed -e 's|@prefix@|$(prefix)|g' -e 's|@bindir@|$(bindir)|g' -e 's|@libdir@|$(libdir)|g' \
	   -e 's|@libexecdir@|$(libexecdir)|g' -e 's|@includedir@|$(includedir)|g' \
	   -e 's|@VERSION@|$(VERSION)|g' -e 's|@notify_type@|$(notify_type)|g' \
	   -e 's|@pkcs11_module@|$(pkcs11_module)|g' \
	   -e '/^@execreload@$$/$(if $(reloads),d,s|.*|$(execreload)|)'

# FILE:DESTINATION, first what is run or loaded, then text.
to       = $(foreach f,$(wildcard $(1)),$(f):$(2)/$(patsubst %.in,%,$(notdir $(f))))
BINARIES = $(B)/installed/signet:$(bindir)/signet $(B)/signetd:$(libexecdir)/signetd \
	   $(B)/signet-token:$(libexecdir)/signet-token $(B)/libsignet.so.0:$(libdir)/libsignet.so.0 \
	   $(B)/installed/signet-pkcs11.so:$(moduledir)/signet-pkcs11.so \
	   $(B)/installed/signet.so:$(modulesdir)/signet.so \
	   $(B)/signet-gpg-agent:$(libexecdir)/signet-gpg-agent \
	   $(B)/installed/pam_signet.so:$(pamdir)/pam_signet.so
USERS   := units/signet-gpg-agent.socket units/signet-gpg-agent.service.in
UNITS   := $(filter-out $(USERS),$(wildcard $(foreach s,service socket target slice,\
	   units/*.$(s) units/*.$(s).in)))
MANUALS := $(sort $(shell find $(wildcard agent client pam units) -name '*.[1-8]'))
TEXTS    = $(call to,client/include/signet.h,$(includedir)) \
	   $(call to,client/lib/libsignet.pc.in,$(libdir)/pkgconfig) \
	   $(call to,client/pkcs11/signet.module.in,$(p11kitdir)) \
	   $(call to,$(UNITS),$(unitdir)) \
	   $(call to,$(USERS),$(userunitdir)) $(call to,units/*.preset,$(presetdir)) \
	   $(call to,units/*.catalog,$(catalogdir)) $(call to,units/*.policy,$(actiondir)) \
	   $(patsubst %.sysusers,%.conf,$(call to,units/*.sysusers,$(sysusersdir))) \
	   $(patsubst %.tmpfiles,%.conf,$(call to,units/*.tmpfiles,$(tmpfilesdir))) \
	   $(patsubst %.bash,%,$(call to,contrib/completion/*.bash,$(compdir))) \
	   $(foreach m,$(MANUALS),$(m):$(mandir)/man$(patsubst .%,%,$(suffix $(m)))/$(notdir $(m)))
# libsignet.3 is found under the name of every function.
FUNCTIONS = $(if $(filter %/libsignet.3,$(MANUALS)),$(shell tests/lint/functions))

install: all install-texts
	$(Q)set -e; for f in $(BINARIES); do \
		install -D -m 755 "$${f%%:*}" "$(DESTDIR)$${f#*:}"; done
	$(Q)ln -sf libsignet.so.0 "$(DESTDIR)$(libdir)/libsignet.so"
	$(if $(DESTDIR),,$(Q)ldconfig)
install-texts:
	$(Q)set -e; for f in $(TEXTS); do case $$f in \
		*.in:*) $(FILL) "$${f%%:*}" | install -D -m 644 /dev/stdin "$(DESTDIR)$${f#*:}" ;; \
		*) install -D -m 644 "$${f%%:*}" "$(DESTDIR)$${f#*:}" ;; esac; done
	$(Q)set -e; for f in $(FUNCTIONS); do \
		ln -sf libsignet.3 "$(DESTDIR)$(mandir)/man3/$$f.3"; done

uninstall:
	$(Q)for f in $(BINARIES) $(TEXTS); do rm -f "$(DESTDIR)$${f#*:}"; done
	$(Q)rm -f $(DESTDIR)$(libdir)/libsignet.so $(FUNCTIONS:%=$(DESTDIR)$(mandir)/man3/%.3)
	$(if $(DESTDIR),,$(Q)ldconfig)

clean:
	rm -rf build build-*

.PHONY: all programs check check-unit check-integration check-consumers check-steps try bench \
	fuzz lint headers install install-texts uninstall clean FORCE
-include $(if $(wildcard $(B)),$(shell find $(B) -name '*.d' -type f))
