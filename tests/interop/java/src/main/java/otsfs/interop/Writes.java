package otsfs.interop;

import com.alicloud.openservices.tablestore.model.BatchWriteRowRequest;
import com.alicloud.openservices.tablestore.model.BatchWriteRowResponse;
import com.alicloud.openservices.tablestore.model.Column;
import com.alicloud.openservices.tablestore.model.ColumnValue;
import com.alicloud.openservices.tablestore.model.Condition;
import com.alicloud.openservices.tablestore.model.DeleteRowRequest;
import com.alicloud.openservices.tablestore.model.DeleteRowResponse;
import com.alicloud.openservices.tablestore.model.PrimaryKey;
import com.alicloud.openservices.tablestore.model.PutRowRequest;
import com.alicloud.openservices.tablestore.model.PutRowResponse;
import com.alicloud.openservices.tablestore.model.ReturnType;
import com.alicloud.openservices.tablestore.model.RowChange;
import com.alicloud.openservices.tablestore.model.RowDeleteChange;
import com.alicloud.openservices.tablestore.model.RowExistenceExpectation;
import com.alicloud.openservices.tablestore.model.RowPutChange;
import com.alicloud.openservices.tablestore.model.RowUpdateChange;
import com.alicloud.openservices.tablestore.model.UpdateRowRequest;
import com.alicloud.openservices.tablestore.model.UpdateRowResponse;
import com.alicloud.openservices.tablestore.model.condition.ColumnCondition;
import com.alicloud.openservices.tablestore.model.filter.ColumnValueFilter;
import com.alicloud.openservices.tablestore.model.filter.CompositeColumnValueFilter;
import com.alicloud.openservices.tablestore.model.filter.SingleColumnValueFilter;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The calls that write rows. */
final class Writes {
	private Writes() {}

	static void register(Map<String, Driver.Call> calls, Supplier<Client> client) {
		calls.put("put_row", in -> {
			PutRowRequest request = new PutRowRequest((RowPutChange) change(in));
			PutRowResponse response = client.get().run(c -> c.putRow(request, null));
			return Values.result(response.getConsumedCapacity(), response.getRow());
		});
		calls.put("update_row", in -> {
			UpdateRowRequest request = new UpdateRowRequest((RowUpdateChange) change(in));
			UpdateRowResponse response = client.get().run(c -> c.updateRow(request, null));
			return Values.result(response.getConsumedCapacity(), response.getRow());
		});
		calls.put("delete_row", in -> {
			DeleteRowRequest request = new DeleteRowRequest((RowDeleteChange) change(in));
			DeleteRowResponse response = client.get().run(c -> c.deleteRow(request, null));
			return Values.result(response.getConsumedCapacity(), response.getRow());
		});
		calls.put("batch_write_row", in -> batch(client.get(), in));
	}

	private static RowChange change(JsonObject in) {
		String table = in.get("table").getAsString();
		PrimaryKey key = Values.key(in.getAsJsonArray("key"));
		RowChange change = switch (in.get("op").getAsString()) {
			case "put" -> put(new RowPutChange(table, key), in.getAsJsonArray("cells"));
			case "update" -> update(new RowUpdateChange(table, key), in.getAsJsonArray("cells"));
			default -> new RowDeleteChange(table, key);
		};
		change.setCondition(condition(in.getAsJsonObject("condition")));
		if (in.has("return"))
			change.setReturnType(switch (in.get("return").getAsString()) {
				case "key" -> ReturnType.RT_PK;
				case "after" -> ReturnType.RT_AFTER_MODIFY;
				default -> ReturnType.RT_NONE;
			});
		if (in.has("columns"))
			for (JsonElement name : in.getAsJsonArray("columns"))
				change.addReturnColumn(name.getAsString());
		return change;
	}

	private static RowPutChange put(RowPutChange change, JsonArray cells) {
		for (JsonElement element : cells) {
			JsonObject cell = element.getAsJsonObject();
			String name = cell.get("name").getAsString();
			ColumnValue value = Values.column(cell.getAsJsonObject("value"));
			if (cell.has("time"))
				change.addColumn(name, value, cell.get("time").getAsLong());
			else
				change.addColumn(name, value);
		}
		return change;
	}

	private static RowUpdateChange update(RowUpdateChange change, JsonArray cells) {
		for (JsonElement element : cells) {
			JsonObject cell = element.getAsJsonObject();
			String name = cell.get("name").getAsString();
			switch (cell.has("do") ? cell.get("do").getAsString() : "put") {
			case "delete" -> change.deleteColumn(name, cell.get("time").getAsLong());
			case "delete_all" -> change.deleteColumns(name);
			case "increment" ->
				change.increment(new Column(name, Values.column(cell.getAsJsonObject("value"))));
			default -> {
				ColumnValue value = Values.column(cell.getAsJsonObject("value"));
				if (cell.has("time"))
					change.put(name, value, cell.get("time").getAsLong());
				else
					change.put(name, value);
			}
			}
		}
		return change;
	}

	private static Condition condition(JsonObject in) {
		Condition condition = new Condition(switch (in.get("row").getAsString()) {
			case "exist" -> RowExistenceExpectation.EXPECT_EXIST;
			case "not_exist" -> RowExistenceExpectation.EXPECT_NOT_EXIST;
			default -> RowExistenceExpectation.IGNORE;
		});
		if (in.has("filter"))
			condition.setColumnCondition(columnCondition(in.getAsJsonObject("filter")));
		return condition;
	}

	private static ColumnCondition columnCondition(JsonObject in) {
		ColumnValueFilter filter = Values.columnFilter(in);
		if (filter instanceof SingleColumnValueFilter single)
			return single.toCondition();
		return ((CompositeColumnValueFilter) filter).toCondition();
	}

	private static JsonObject batch(Client client, JsonObject in) throws Exception {
		BatchWriteRowRequest request = new BatchWriteRowRequest();
		for (JsonElement row : in.getAsJsonArray("rows"))
			request.addRowChange(change(row.getAsJsonObject()));
		BatchWriteRowResponse response = client.run(c -> c.batchWriteRow(request, null));
		JsonArray rows = new JsonArray();
		Map<String, Integer> next = new HashMap<>(); // the SDK's answer is by table
		for (JsonElement row : in.getAsJsonArray("rows")) {
			String table = row.getAsJsonObject().get("table").getAsString();
			int index = next.merge(table, 1, Integer::sum) - 1;
			BatchWriteRowResponse.RowResult got = response.getRowStatus(table).get(index);
			JsonObject one = Values.result(got.getConsumedCapacity(), got.getRow());
			one.addProperty("ok", got.isSucceed());
			if (!got.isSucceed())
				one.add("error", Values.error(got.getError().getCode(), got.getError().getMessage()));
			rows.add(one);
		}
		JsonObject out = new JsonObject();
		out.add("rows", rows);
		return out;
	}
}
