#include <string.h>

#include <criterion/criterion.h>

#include <otsfs/tablestore/client.h>

TestSuite(endpoint, .timeout = 60);

Test(endpoint, both_forms_are_split)
{
	static const struct {
		const char *url, *base, *instance;
		bool loopback;
		const char *region;
	} cases[] = {
		{"https://inst.cn-hangzhou.ots.aliyuncs.com",
		 "https://inst.cn-hangzhou.ots.aliyuncs.com", "inst", false, "cn-hangzhou"},
		{"https://inst.cn-hangzhou.vpc.tablestore.aliyuncs.com/",
		 "https://inst.cn-hangzhou.vpc.tablestore.aliyuncs.com", "inst", false,
		 "cn-hangzhou"},
		{"https://inst.cn-beijing.ots-internal.aliyuncs.com:443",
		 "https://inst.cn-beijing.ots-internal.aliyuncs.com:443", "inst", false,
		 "cn-beijing"},
		{"https://i.ap-southeast-1.tablestore.aliyuncs.com/i",
		 "https://i.ap-southeast-1.tablestore.aliyuncs.com", "i", false, "ap-southeast-1"},
		{"https://inst.my-proxy.aliyuncs.com", "https://inst.my-proxy.aliyuncs.com", "inst",
		 false, ""},
		{"http://127.0.0.1:40002/local", "http://127.0.0.1:40002", "local", true, ""},
		{"http://127.0.0.1:40002/local/", "http://127.0.0.1:40002", "local", true, ""},
		{"http://localhost:1/a-b_1", "http://localhost:1", "a-b_1", true, ""},
		{"http://[::1]:80/x", "http://[::1]:80", "x", true, ""},
		{"https://ots.example.com:8443/x", "https://ots.example.com:8443", "x", false, ""},
		{"https://127.example.com/x", "https://127.example.com", "x", false, ""},
		{"https://127.0.0.1/x", "https://127.0.0.1", "x", true, ""},
		{"https://localhost.example.com/x", "https://localhost.example.com", "x", false,
		 ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_endpoint endpoint;
		struct ots_error err = {0};

		cr_assert_eq(ots_endpoint_parse(cases[i].url, &endpoint, &err), OTS_OK, "%s: %s",
			     cases[i].url, err.text);
		cr_expect_str_eq(endpoint.base_url, cases[i].base);
		cr_expect_str_eq(endpoint.instance, cases[i].instance);
		cr_expect_str_eq(endpoint.region, cases[i].region, "%s", cases[i].url);
		cr_expect_eq(endpoint.loopback, cases[i].loopback, "%s", cases[i].url);
	}
}

Test(endpoint, what_is_missing_is_named)
{
	static const struct {
		const char *url, *text;
	} cases[] = {
		{"", "expected https://<instance>.<domain>"},
		{"ftp://a.b/c", "expected https://<instance>.<domain>"},
		{"http://", "no host name"},
		{"http://user@host/x", "the target's URL has a user in front of its host"},
		{"http://127.0.0.1:40002", "the instance is missing"},
		{"http://localhost:1/", "the instance is missing"},
		{"http://[::1]/", "the instance is missing"},
		{"https://host", "the instance is missing"},
		{"https://host.name/a/b", "'a/b' is no name of an instance"},
		{"https://host.name/a?b", "'a?b' is no name of an instance"},
		{"https://host.name?b", "the instance is missing"},
		{"https://cn-hangzhou.ots.aliyuncs.com",
		 "instance or region is missing; expected <instance>.<region>.ots.aliyuncs.com"},
		{"https://i.vpc.tablestore.aliyuncs.com",
		 "expected <instance>.<region>.vpc.tablestore.aliyuncs.com"},
		{"https://cn-hangzhou.ots-internal.aliyuncs.com/i",
		 "expected <instance>.<region>.ots-internal.aliyuncs.com"},
		{"https://i.a.b.ots.aliyuncs.com", "'a.b' is no region"},
		{"https://i.cn_x.ots.aliyuncs.com", "'cn_x' is no region"},
		{"https://i.cn-hangzhou.ots.aliyuncs.com/j",
		 "names instance i in the host and j behind it"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ots_endpoint endpoint;
		struct ots_error err = {0};

		cr_expect_eq(ots_endpoint_parse(cases[i].url, &endpoint, &err), OTS_USAGE, "%s",
			     cases[i].url);
		cr_expect_not_null(strstr(err.text, cases[i].text), "%s: %s", cases[i].url,
				   err.text);
	}
}

Test(endpoint, a_password_in_a_url_is_not_shown)
{
	struct ots_endpoint endpoint;
	struct ots_error err = {0};

	cr_expect_eq(ots_endpoint_parse("https://me:pass-word@i.cn-hangzhou.ots.aliyuncs.com",
					&endpoint, &err),
		     OTS_USAGE);
	cr_expect_null(strstr(err.text, "pass-word"), "%s", err.text);
}
