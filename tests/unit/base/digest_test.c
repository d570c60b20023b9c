#include <otsfs/base/digest.h>

#include <string.h>

#include <criterion/criterion.h>

TestSuite(digest, .timeout = 60);

Test(digest, known_answers)
{
	/* RFC 1321 appendix A.5, FIPS 180-4 examples, RFC 2202 section 3. */
	uint8_t out[OTS_SHA256_BYTES], key[20];
	char hex[2 * OTS_SHA256_BYTES + 1];

	cr_assert(ots_md5("abc", 3, out));
	ots_hex(out, OTS_MD5_BYTES, hex);
	cr_expect_str_eq(hex, "900150983cd24fb0d6963f7d28e17f72");
	cr_assert(ots_md5("", 0, out));
	ots_hex(out, OTS_MD5_BYTES, hex);
	cr_expect_str_eq(hex, "d41d8cd98f00b204e9800998ecf8427e");
	cr_assert(ots_sha256("abc", 3, out));
	ots_hex(out, OTS_SHA256_BYTES, hex);
	cr_expect_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(key, 0x0b, sizeof key);
	cr_assert(ots_hmac_sha1(key, sizeof key, "Hi There", 8, out));
	ots_hex(out, OTS_SHA1_BYTES, hex);
	cr_expect_str_eq(hex, "b617318655057264e28bc0b6fb378c8ef146be00");
	cr_assert(ots_hmac_sha1("Jefe", 4, "what do ya want for nothing?", 28, out));
	ots_hex(out, OTS_SHA1_BYTES, hex);
	cr_expect_str_eq(hex, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

Test(digest, hex_and_comparison)
{
	char hex[7];

	ots_hex("\x00\x7f\xff", 3, hex);
	cr_expect_str_eq(hex, "007fff");
	cr_expect(ots_equal_secret("abc", "abc", 3));
	cr_expect_not(ots_equal_secret("abc", "abd", 3));
	cr_expect_not(ots_equal_secret("abc", "bbc", 3));
	cr_expect(ots_equal_secret("a", "b", 0));
}
