/*
 * test-list.c - the intrusive list
 */
#include "agent/base/list.h"

#include "tests/unit/unit.h"

struct item {
	int number;
	struct list link;
};

static void check_order(struct list *head, const char *expected)
{
	char got[16] = "";
	struct list *pos;

	list_for_each(pos, head)
		got[strlen(got)] = (char)('0' + container_of(pos, struct item, link)->number);
	ck_assert_str_eq(got, expected);
}

START_TEST(elements_keep_the_order_they_came_in)
{
	struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
	struct list head;

	list_init(&head);
	ck_assert(list_is_empty(&head));
	for (size_t i = 0; i < array_len(items); i++)
		list_append(&head, &items[i].link);
	ck_assert(!list_is_empty(&head));
	check_order(&head, "123");
}
END_TEST

START_TEST(any_element_can_leave_and_come_back)
{
	struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
	struct list head;

	list_init(&head);
	for (size_t i = 0; i < array_len(items); i++)
		list_append(&head, &items[i].link);
	list_remove(&items[1].link);
	check_order(&head, "13");
	list_append(&head, &items[1].link);
	check_order(&head, "132");
	list_remove(&items[0].link);
	list_remove(&items[1].link);
	list_remove(&items[2].link);
	ck_assert(list_is_empty(&head));
}
END_TEST

START_TEST(removing_twice_or_what_is_in_no_list_does_nothing)
{
	struct item a = {.number = 1}, b = {.number = 2};
	struct list head;

	list_init(&head);
	list_init(&b.link);
	list_append(&head, &a.link);
	list_remove(&b.link);
	check_order(&head, "1");
	list_remove(&a.link);
	list_remove(&a.link);
	ck_assert(list_is_empty(&head));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		elements_keep_the_order_they_came_in,
		any_element_can_leave_and_come_back,
		removing_twice_or_what_is_in_no_list_does_nothing,
	};

	return unit_run("list", tests, array_len(tests));
}
