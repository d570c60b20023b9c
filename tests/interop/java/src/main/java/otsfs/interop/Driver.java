package otsfs.interop;

import com.alicloud.openservices.tablestore.ClientConfiguration;
import com.alicloud.openservices.tablestore.SyncClient;
import com.alicloud.openservices.tablestore.TableStoreException;
import com.alicloud.openservices.tablestore.core.auth.CredentialsProvider;
import com.alicloud.openservices.tablestore.core.auth.DefaultCredentialProvider;
import com.alicloud.openservices.tablestore.core.auth.DefaultCredentials;
import com.alicloud.openservices.tablestore.core.auth.ServiceCredentials;
import com.alicloud.openservices.tablestore.core.auth.V4Credentials;
import com.alicloud.openservices.tablestore.model.RetryStrategy;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The Java SDK behind lines of JSON: one call a line in, one answer a line out (../drivers.py says
 * which). It decides nothing: what a call must give is written once, in the tests.
 */
public final class Driver {
	interface Call {
		JsonObject run(JsonObject in) throws Exception;
	}

	/** Failures are what the tests look at. */
	private static final class NoRetry implements RetryStrategy {
		@Override
		public RetryStrategy clone() {
			return new NoRetry();
		}

		@Override
		public int getRetries() {
			return 0;
		}

		@Override
		public long nextPause(String action, Exception cause) {
			return 0;
		}
	}

	private final Map<String, Call> calls = new HashMap<>();
	private SyncClient client;

	private Driver() {
		calls.put("connect", this::connect);
		calls.put("decode", Decoder::decode);
		Tables.register(calls, () -> client);
		Writes.register(calls, () -> client);
		Reads.register(calls, () -> client);
	}

	private JsonObject connect(JsonObject in) {
		String id = in.get("id").getAsString();
		String secret = in.get("secret").getAsString();
		String token = in.has("token") ? in.get("token").getAsString() : null;
		ServiceCredentials credentials = new DefaultCredentials(id, secret, token);
		if (in.has("region"))
			credentials = V4Credentials.createByServiceCredentials(
					credentials, in.get("region").getAsString());
		boolean compress = in.has("compress") && in.get("compress").getAsBoolean();
		ClientConfiguration configuration = new ClientConfiguration();
		configuration.setRetryStrategy(new NoRetry());
		configuration.setEnableRequestCompression(compress);
		configuration.setEnableResponseCompression(compress);
		configuration.setEnableResponseValidation(true);
		if (in.has("check_md5"))
			configuration.setEnableResponseContentMD5Checking(in.get("check_md5").getAsBoolean());
		if (client != null)
			client.shutdown();
		CredentialsProvider provider = new DefaultCredentialProvider(credentials);
		client = new SyncClient(in.get("url").getAsString(), provider,
				in.get("instance").getAsString(), configuration, null);
		return new JsonObject();
	}

	private JsonObject answer(String line) {
		try {
			JsonObject in = JsonParser.parseString(line).getAsJsonObject();
			Call call = calls.get(in.get("call").getAsString());
			if (call == null)
				return failed("no such call: " + in.get("call").getAsString());
			return call.run(in);
		} catch (TableStoreException refused) {
			JsonObject error = Values.error(refused.getErrorCode(), refused.getMessage());
			error.addProperty("status", refused.getHttpStatus());
			error.addProperty("request_id", refused.getRequestId());
			JsonObject out = new JsonObject();
			out.add("error", error);
			return out;
		} catch (Exception cause) {
			return failed(cause.toString());
		}
	}

	private static JsonObject failed(String text) {
		JsonObject out = new JsonObject();
		out.addProperty("failed", text);
		return out;
	}

	public static void main(String[] arguments) throws IOException {
		Driver driver = new Driver();
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			out.println(driver.answer(line));
			out.flush();
		}
		if (driver.client != null)
			driver.client.shutdown();
	}
}
