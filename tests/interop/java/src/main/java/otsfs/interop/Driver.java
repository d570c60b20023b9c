package otsfs.interop;

import com.alicloud.openservices.tablestore.TableStoreException;
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

	private final Map<String, Call> calls = new HashMap<>();
	private Client client;

	private Driver() {
		calls.put("connect", this::connect);
		calls.put("decode", Decoder::decode);
		Tables.register(calls, () -> client);
		Writes.register(calls, () -> client);
		Reads.register(calls, () -> client);
	}

	private JsonObject connect(JsonObject in) {
		close();
		client = new Client(in);
		return new JsonObject();
	}

	private void close() {
		if (client != null)
			client.close();
		client = null;
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
		driver.close();
	}
}
