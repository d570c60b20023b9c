#include "../../../fs/errno_map.h"

#include <errno.h>

#include <criterion/criterion.h>

TestSuite(errno_map, .timeout = 10);

static const struct expected {
	enum ots_status status;
	int lookup, read, close;
} expected[] = {
	{OTS_OK, 0, 0, 0},
	{OTS_USAGE, EINVAL, EINVAL, EINVAL},
	{OTS_NOT_FOUND, ENOENT, ESTALE, EREMOTEIO},
	{OTS_EXISTS, EEXIST, EIO, EREMOTEIO},
	{OTS_DENIED, EACCES, EACCES, EACCES},
	{OTS_CORRUPT, EIO, EIO, EBADMSG},
	{OTS_UNSUPPORTED, EOPNOTSUPP, EIO, EBADMSG},
	{OTS_LIMIT, EIO, EIO, EBADMSG},
	{OTS_NO_MEMORY, ENOMEM, ENOMEM, ENOMEM},
	{OTS_NO_SPACE, ENOSPC, EIO, ENOSPC},
	{OTS_IO, EIO, EIO, EIO},
	{OTS_NETWORK, EIO, EIO, EREMOTEIO},
	{OTS_TIMEOUT, ETIMEDOUT, EIO, ETIMEDOUT},
	{OTS_THROTTLED, EIO, EIO, EDQUOT},
	{OTS_SERVER, EIO, EIO, EREMOTEIO},
	{OTS_REFUSED, EPERM, EIO, EBADMSG},
	{OTS_CHANGED, ESTALE, ESTALE, ESTALE},
	{OTS_CANCELLED, EINTR, EINTR, ECANCELED},
};

Test(errno_map, every_status_has_its_errno_at_each_place)
{
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		const struct expected *e = &expected[i];
		const char *word = ots_status_word(e->status);

		cr_expect_eq(e->status, (enum ots_status)i, "the table has no gap: %s", word);
		cr_expect_eq(ots_errno_of(e->status, ERRNO_AT_LOOKUP), e->lookup,
			     "%s at lookup: %d", word, ots_errno_of(e->status, ERRNO_AT_LOOKUP));
		cr_expect_eq(ots_errno_of(e->status, ERRNO_AT_READ), e->read, "%s at read: %d",
			     word, ots_errno_of(e->status, ERRNO_AT_READ));
		cr_expect_eq(ots_errno_of(e->status, ERRNO_AT_CLOSE), e->close, "%s at close: %d",
			     word, ots_errno_of(e->status, ERRNO_AT_CLOSE));
	}
}

/* cp tries EINTR of COPY_FILE_RANGE again for ever, and falls back to reading and writing on these:
 * what sticks to a dropped file is answered there too. */
Test(errno_map, what_sticks_to_a_file_makes_no_copy_loop)
{
	for (int status = OTS_USAGE + 1; status <= OTS_CANCELLED; status++) {
		const int error = ots_errno_of((enum ots_status)status, ERRNO_AT_CLOSE);

		cr_expect_neq(error, EINTR, "status %d", status);
		cr_expect_neq(error, ENOSYS, "status %d", status);
		cr_expect_neq(error, EOPNOTSUPP, "status %d", status);
		cr_expect_neq(error, EXDEV, "status %d", status);
		cr_expect_gt(error, 0, "status %d", status);
	}
}
