package otsfs.interop;

import com.alicloud.openservices.tablestore.model.BatchGetRowRequest;
import com.alicloud.openservices.tablestore.model.BatchGetRowResponse;
import com.alicloud.openservices.tablestore.model.Direction;
import com.alicloud.openservices.tablestore.model.GetRangeRequest;
import com.alicloud.openservices.tablestore.model.GetRangeResponse;
import com.alicloud.openservices.tablestore.model.GetRowRequest;
import com.alicloud.openservices.tablestore.model.GetRowResponse;
import com.alicloud.openservices.tablestore.model.MultiRowQueryCriteria;
import com.alicloud.openservices.tablestore.model.RangeRowQueryCriteria;
import com.alicloud.openservices.tablestore.model.Row;
import com.alicloud.openservices.tablestore.model.RowQueryCriteria;
import com.alicloud.openservices.tablestore.model.SingleRowQueryCriteria;
import com.alicloud.openservices.tablestore.model.TimeRange;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The calls that read rows. */
final class Reads {
	private Reads() {}

	static void register(Map<String, Driver.Call> calls, Supplier<Client> client) {
		calls.put("get_row", in -> get(client.get(), in));
		calls.put("batch_get_row", in -> batch(client.get(), in));
		calls.put("get_range", in -> range(client.get(), in));
	}

	private static void choose(RowQueryCriteria criteria, JsonObject in) {
		if (in.get("max_versions").getAsInt() != 0)
			criteria.setMaxVersions(in.get("max_versions").getAsInt());
		if (in.has("columns"))
			for (JsonElement name : in.getAsJsonArray("columns"))
				criteria.addColumnsToGet(name.getAsString());
		if (in.has("times")) {
			JsonArray times = in.getAsJsonArray("times");
			if (times.size() == 1)
				criteria.setTimestamp(times.get(0).getAsLong());
			else
				criteria.setTimeRange(
						new TimeRange(times.get(0).getAsLong(), times.get(1).getAsLong()));
		}
		if (in.has("filter"))
			criteria.setFilter(Values.filter(in.getAsJsonObject("filter")));
		if (in.has("start_column"))
			criteria.setStartColumn(in.get("start_column").getAsString());
		if (in.has("end_column"))
			criteria.setEndColumn(in.get("end_column").getAsString());
	}

	private static JsonObject get(Client client, JsonObject in) throws Exception {
		SingleRowQueryCriteria criteria = new SingleRowQueryCriteria(
				in.get("table").getAsString(), Values.key(in.getAsJsonArray("key")));
		choose(criteria, in);
		GetRowResponse response = client.run(c -> c.getRow(new GetRowRequest(criteria), null));
		return Values.result(response.getConsumedCapacity(), response.getRow());
	}

	private static JsonObject batch(Client client, JsonObject in) throws Exception {
		BatchGetRowRequest request = new BatchGetRowRequest();
		for (JsonElement element : in.getAsJsonArray("tables")) {
			JsonObject part = element.getAsJsonObject();
			MultiRowQueryCriteria criteria =
					new MultiRowQueryCriteria(part.get("table").getAsString());
			for (JsonElement key : part.getAsJsonArray("keys"))
				criteria.addRow(Values.key(key.getAsJsonArray()));
			choose(criteria, part);
			request.addMultiRowQueryCriteria(criteria);
		}
		BatchGetRowResponse response = client.run(c -> c.batchGetRow(request, null));
		JsonArray rows = new JsonArray();
		Map<String, Integer> next = new HashMap<>(); // the SDK's answer is by table
		for (JsonElement element : in.getAsJsonArray("tables")) {
			JsonObject part = element.getAsJsonObject();
			String table = part.get("table").getAsString();
			for (int i = 0; i < part.getAsJsonArray("keys").size(); i++)
				rows.add(result(response.getBatchGetRowResult(table)
						.get(next.merge(table, 1, Integer::sum) - 1)));
		}
		JsonObject out = new JsonObject();
		out.add("rows", rows);
		return out;
	}

	private static JsonObject result(BatchGetRowResponse.RowResult got) throws Exception {
		JsonObject one = Values.result(got.getConsumedCapacity(), got.getRow());
		one.addProperty("ok", got.isSucceed());
		if (!got.isSucceed())
			one.add("error", Values.error(got.getError().getCode(), got.getError().getMessage()));
		return one;
	}

	private static JsonObject range(Client client, JsonObject in) throws Exception {
		RangeRowQueryCriteria criteria =
				new RangeRowQueryCriteria(in.get("table").getAsString());
		choose(criteria, in);
		criteria.setInclusiveStartPrimaryKey(Values.key(in.getAsJsonArray("start")));
		criteria.setExclusiveEndPrimaryKey(Values.key(in.getAsJsonArray("end")));
		if (in.get("direction").getAsString().equals("backward"))
			criteria.setDirection(Direction.BACKWARD);
		if (in.has("limit"))
			criteria.setLimit(in.get("limit").getAsInt());
		GetRangeResponse response = client.run(c -> c.getRange(new GetRangeRequest(criteria), null));
		JsonArray rows = new JsonArray();
		for (Row row : response.getRows())
			rows.add(Values.row(row));
		JsonObject out = new JsonObject();
		out.add("rows", rows);
		out.add("next", Values.key(response.getNextStartPrimaryKey()));
		return out;
	}
}
