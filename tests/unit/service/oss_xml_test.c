#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/base/bytes.h>

#include "../../../tools/service/oss/xml/xml_read.h"
#include "../../../tools/service/oss/xml/xml_write.h"

TestSuite(oss_xml, .timeout = 60);

static bool note(void *arg, const char *parent, const char *name, struct ots_bytes text)
{
	return ots_buffer_printf(arg, "%s/%s=%.*s;", parent, name, (int)text.len,
				 (const char *)text.at);
}

static bool give_up(void *arg, const char *parent, const char *name, struct ots_bytes text)
{
	(void)arg;
	(void)parent;
	(void)text;
	return strcmp(name, "Key") != 0;
}

static bool read_it(const char *document, struct ots_buffer *seen)
{
	const size_t len = strlen(document);
	uint8_t *exact = malloc(len > 0 ? len : 1);
	bool good;

	memcpy(exact, document, len);
	seen->len = 0;
	good = ots_oss_xml_read((struct ots_bytes){exact, len}, "Delete", note, seen);
	free(exact);
	return good;
}

Test(oss_xml, elements_with_their_own_text)
{
	static const char document[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<x:Delete xmlns:x=\"urn:y\"><Quiet>true</Quiet><Object "
		"a=\"b\"><Key>a&lt;&#x9;&#10;"
		"<![CDATA[<&>]]>\xc3\xa9</Key></Object><Object><Key/></Object></x:Delete>";
	static const char expected[] = "Delete/Quiet=true;Object/Key=a<\t\n<&>\xc3\xa9;"
				       "Delete/Object=;Object/Key=;Delete/Object=;/Delete=;";
	struct ots_buffer seen;

	ots_buffer_init(&seen, 4096);
	cr_assert(read_it(document, &seen));
	cr_expect(seen.len == sizeof expected - 1 && memcmp(seen.bytes, expected, seen.len) == 0,
		  "%.*s", (int)seen.len, (const char *)seen.bytes);
	cr_expect_not(ots_oss_xml_read(ots_bytes_of(document), "Delete", give_up, NULL));
	ots_buffer_release(&seen);
}

Test(oss_xml, what_is_no_such_document_is_refused)
{
	static const char *const bad[] = {
		"",
		"x",
		"<Other/>",
		"<Delete>",
		"<Delete></Delet>",
		"<Delete/><Delete/>",
		"<!DOCTYPE Delete><Delete/>",
		"<!DOCTYPE d [<!ENTITY a \"aaaa\">]><Delete>&a;</Delete>",
		"<Delete>&nothing;</Delete>",
		"<Delete><Key>\x01</Key></Delete>",
		"<Delete><Key>\xff</Key></Delete>",
		"<Delete><a><b><c><d><e><f><g><h/></g></f></e></d></c></b></a></Delete>",
	};
	struct ots_buffer seen;

	ots_buffer_init(&seen, 4096);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_not(read_it(bad[i], &seen), "%s", bad[i]);
	cr_expect(read_it("<Delete><a><b><c><d><e><f><g></g></f></e></d></c></b></a></Delete>",
			  &seen),
		  "eight deep");
	ots_buffer_release(&seen);
}

Test(oss_xml, a_text_has_a_limit)
{
	char *document = malloc(2 * OTS_OSS_XML_TEXT_MAX_BYTES);
	struct ots_buffer seen;

	ots_buffer_init(&seen, (size_t)64 * 1024);
	for (int over = 0; over < 2; over++) {
		(void)snprintf(document, 2 * OTS_OSS_XML_TEXT_MAX_BYTES,
			       "<Delete><Key>%0*d</Key></Delete>",
			       OTS_OSS_XML_TEXT_MAX_BYTES + over, 0);
		cr_expect_eq(read_it(document, &seen), over == 0);
	}
	free(document);
	ots_buffer_release(&seen);
}

Test(oss_xml, writing_escapes_what_must_be)
{
	static const char expected[] =
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R><A>&amp;&lt;&gt;&quot;&#x27;&#x01;"
		"\xc3\xa9 x</A><B>a%2Fb%20%2B</B><C>18446744073709551615</C><D>true</D>"
		"<E>2023-11-12T16:43:40.000Z</E></R>";
	struct ots_oss_xml xml;
	struct ots_buffer out;

	ots_buffer_init(&out, 4096);
	ots_oss_xml_begin(&xml, &out, "R");
	ots_oss_xml_text(&xml, "A", "&<>\"'\x01\xc3\xa9 x");
	ots_oss_xml_name(&xml, "B", ots_bytes_of("a/b +"), true);
	ots_oss_xml_number(&xml, "C", UINT64_MAX);
	ots_oss_xml_bool(&xml, "D", true);
	ots_oss_xml_time(&xml, "E", INT64_C(1699807420987654));
	cr_assert(ots_oss_xml_end(&xml, "R"));
	cr_expect(out.len == sizeof expected - 1 && memcmp(out.bytes, expected, out.len) == 0,
		  "%.*s", (int)out.len, (const char *)out.bytes);
	ots_buffer_release(&out);
}

Test(oss_xml, writing_fails_at_the_limit_and_stays_failed)
{
	struct ots_oss_xml xml;
	struct ots_buffer out;

	ots_buffer_init(&out, 60);
	ots_oss_xml_begin(&xml, &out, "R");
	ots_oss_xml_text(&xml, "A", "a text that has no room");
	cr_expect_not(ots_oss_xml_end(&xml, "R"));
	ots_buffer_release(&out);
}
