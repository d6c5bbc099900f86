/*
 * test-quorum-file.c - requests that wait for approvals, to the disk and back
 */
#include "agent/policy/quorum-file.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "tests/lib/fake-parked.h"
#include "tests/unit/unit.h"

static struct writer encoded(const struct parked *p)
{
	struct writer w;

	writer_init(&w, PARKED_FILE_MAX);
	quorum_file_encode(p, &w);
	ck_assert_int_eq(writer_end(&w), 0);
	return w;
}

static void check_same(const struct parked *a, const struct parked *b)
{
	struct writer x = encoded(a), y = encoded(b);

	unit_check_view(writer_view(&x), writer_view(&y));
	writer_done(&x);
	writer_done(&y);
}

static struct parked *again(const struct parked *p)
{
	struct writer w = encoded(p);
	struct parked *copy;

	ck_assert_int_eq(quorum_file_decode(writer_view(&w), &copy), 0);
	writer_done(&w);
	return copy;
}

START_TEST(what_is_read_is_what_was_written)
{
	struct parked *all[] = {fake_parked(1), fake_parked(256), fake_parked_window(3600, 500)};

	for (size_t i = 0; i < array_len(all); i++) {
		struct parked *copy;

		all[i]->state = PARKED_APPROVED;
		all[i]->n_approvals = 2;
		all[i]->approvals[0] = (struct approval){.person = {.uid = 1002}, .at_usec = 7};
		all[i]->approvals[1] = (struct approval){
			.person = {.uid = (uid_t)-1, .name = "erin"},
			.is_by_signature = true,
			.window = {5, 6},
		};
		all[i]->n_left = 3;
		all[i]->open_until_usec = 9;
		copy = again(all[i]);
		check_same(all[i], copy);
		ck_assert_str_eq(copy->id, all[i]->id);
		ck_assert_str_eq(copy->unit, "build.service");
		ck_assert_ptr_null(copy->session);
		ck_assert_uint_eq(copy->ask.n_items, all[i]->ask.n_items);
		ck_assert_str_eq(copy->approvals[1].person.name, "erin");
		(void)parked_free(copy);
		(void)parked_free(all[i]);
	}
}
END_TEST

START_TEST(no_cut_and_no_longer_file_is_taken)
{
	struct parked *p = fake_parked(2), *got;
	struct writer w = encoded(p);
	struct view v = writer_view(&w);

	for (size_t size = 0; size < v.size; size++) {
		/* Of exactly that size, so that reading on is found. */
		_cleanup_(freep) uint8_t *bytes = malloc(size ? size : 1);

		memcpy(bytes, v.data, size);
		ck_assert_int_eq(quorum_file_decode((struct view){bytes, size}, &got), -EBADMSG);
	}
	writer_u8(&w, 0);
	ck_assert_int_eq(quorum_file_decode(writer_view(&w), &got), -EBADMSG);
	writer_done(&w);
	(void)parked_free(p);
}
END_TEST

static void refuse(const struct parked *p, const char *what)
{
	struct writer w = encoded(p);
	struct parked *got;

	ck_assert_msg(quorum_file_decode(writer_view(&w), &got) == -EBADMSG, "%s", what);
	writer_done(&w);
}

START_TEST(what_would_count_for_more_than_it_is_worth_is_refused)
{
	struct parked *p = fake_parked(1), *w = fake_parked_window(10, 10);

	p->state = PARKED_APPROVED;
	refuse(p, "approved without approvals");
	p->state = PARKED_PENDING;
	p->needed = 0;
	refuse(p, "needs no approval");
	p->needed = 2;
	p->ask.items[0].digest[0] ^= 1;
	refuse(p, "shows another digest than it signs");
	p->ask.items[0].digest[0] ^= 1;
	p->uid = (uid_t)-1;
	refuse(p, "of nobody");
	p->uid = 1001;
	p->id[3] = 'X';
	refuse(p, "with an id that is none");
	w->asked.signatures = 0;
	refuse(w, "a window without end");
	(void)parked_free(p);
	(void)parked_free(w);
}
END_TEST

/* --- files -------------------------------------------------------------------------------------- */

struct found {
	struct parked *all[4];
	size_t n;
};

static void take(struct parked *p, void *userdata)
{
	struct found *f = userdata;

	ck_assert_uint_lt(f->n, array_len(f->all));
	f->all[f->n++] = p;
}

static size_t load(const char *dir, struct found *f)
{
	_cleanup_(freep) char *broken = NULL;
	size_t n_broken;

	f->n = 0;
	ck_assert_int_eq(quorum_file_load(dir, take, f, &broken, &n_broken), 0);
	ck_assert_int_eq(broken != NULL, n_broken > 0);
	return n_broken;
}

static void drop(struct found *f)
{
	while (f->n > 0)
		(void)parked_free(f->all[--f->n]);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

START_TEST(files_are_written_replaced_and_removed)
{
	char top[] = "/tmp/signet-unit.XXXXXX";
	_cleanup_(freep) char *dir = NULL;
	struct parked *p = fake_parked(3);
	struct stat st;
	struct found f;

	ck_assert_ptr_nonnull(mkdtemp(top));
	dir = text_format("%s/agent/requests", top);
	ck_assert_uint_eq(load(dir, &f), 0);
	ck_assert_uint_eq(f.n, 0);
	ck_assert_int_eq(quorum_file_write(dir, p), 0);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777u, 0700);
	p->state = PARKED_VETOED;
	ck_assert_int_eq(quorum_file_write(dir, p), 0);
	ck_assert_uint_eq(load(dir, &f), 0);
	ck_assert_uint_eq(f.n, 1);
	check_same(f.all[0], p);
	drop(&f);
	ck_assert_int_eq(quorum_file_remove(dir, p->id), 0);
	ck_assert_int_eq(quorum_file_remove(dir, p->id), 0);
	ck_assert_uint_eq(load(dir, &f), 0);
	ck_assert_uint_eq(f.n, 0);
	(void)parked_free(p);
	ck_assert_int_eq(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
END_TEST

static void put(const char *dir, const char *name, struct view v)
{
	_cleanup_(freep) char *path = text_format("%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(v.data, 1, v.size, f), v.size);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(files_that_are_none_are_counted_and_left)
{
	char top[] = "/tmp/signet-unit.XXXXXX";
	_cleanup_(freep) char *dir = NULL;
	struct parked *p = fake_parked(1);
	struct writer w = encoded(p);
	struct found f;

	ck_assert_ptr_nonnull(mkdtemp(top));
	dir = text_format("%s/agent/requests", top);
	ck_assert_int_eq(quorum_file_write(dir, p), 0);
	put(dir, "00000000deadbeef", unit_view("nothing"));
	put(dir, "00000000cafecafe", writer_view(&w)); /* another one's name */
	put(dir, ".0000000000000000", unit_view("cut off by a crash"));
	ck_assert_uint_eq(load(dir, &f), 2);
	ck_assert_uint_eq(f.n, 1);
	drop(&f);
	ck_assert_uint_eq(load(dir, &f), 2);
	drop(&f);
	writer_done(&w);
	(void)parked_free(p);
	ck_assert_int_eq(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_is_read_is_what_was_written,
		no_cut_and_no_longer_file_is_taken,
		what_would_count_for_more_than_it_is_worth_is_refused,
		files_are_written_replaced_and_removed,
		files_that_are_none_are_counted_and_left,
	};

	return unit_run("quorum-file", tests, array_len(tests));
}
