package otsfs.interop;

import com.alicloud.openservices.tablestore.model.CapacityUnit;
import com.alicloud.openservices.tablestore.model.ComputeSplitsBySizeRequest;
import com.alicloud.openservices.tablestore.model.CreateTableRequest;
import com.alicloud.openservices.tablestore.model.DeleteTableRequest;
import com.alicloud.openservices.tablestore.model.DescribeTableRequest;
import com.alicloud.openservices.tablestore.model.DescribeTableResponse;
import com.alicloud.openservices.tablestore.model.PrimaryKeyOption;
import com.alicloud.openservices.tablestore.model.PrimaryKeySchema;
import com.alicloud.openservices.tablestore.model.PrimaryKeyType;
import com.alicloud.openservices.tablestore.model.ReservedThroughput;
import com.alicloud.openservices.tablestore.model.TableMeta;
import com.alicloud.openservices.tablestore.model.TableOptions;
import com.alicloud.openservices.tablestore.model.UpdateTableRequest;
import com.alicloud.openservices.tablestore.model.UpdateTableResponse;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.function.Supplier;

/** The calls about tables. */
final class Tables {
	private Tables() {}

	static void register(Map<String, Driver.Call> calls, Supplier<Client> client) {
		calls.put("create_table", in -> create(client.get(), in));
		calls.put("list_tables", in -> list(client.get()));
		calls.put("describe_table", in -> describe(client.get(), in));
		calls.put("update_table", in -> update(client.get(), in));
		calls.put("delete_table", in -> {
			client.get().run(c -> c.deleteTable(new DeleteTableRequest(name(in)), null));
			return new JsonObject();
		});
		calls.put("compute_splits", in -> splits(client.get(), in));
	}

	private static String name(JsonObject in) {
		return in.get("table").getAsString();
	}

	private static TableOptions options(JsonObject in) {
		TableOptions options = new TableOptions();
		if (in.has("ttl"))
			options.setTimeToLive(in.get("ttl").getAsInt());
		if (in.has("versions"))
			options.setMaxVersions(in.get("versions").getAsInt());
		if (in.has("deviation"))
			options.setMaxTimeDeviation(in.get("deviation").getAsLong());
		if (in.has("allow_update"))
			options.setAllowUpdate(in.get("allow_update").getAsBoolean());
		return options;
	}

	private static JsonObject options(TableOptions options) {
		JsonObject out = new JsonObject();
		if (options.hasSetTimeToLive())
			out.addProperty("ttl", options.getTimeToLive());
		if (options.hasSetMaxVersions())
			out.addProperty("versions", options.getMaxVersions());
		if (options.hasSetMaxTimeDeviation())
			out.addProperty("deviation", options.getMaxTimeDeviation());
		if (options.hasSetAllowUpdate())
			out.addProperty("allow_update", options.getAllowUpdate());
		return out;
	}

	private static ReservedThroughput throughput(JsonArray units) {
		return new ReservedThroughput(units.get(0).getAsInt(), units.get(1).getAsInt());
	}

	private static JsonArray throughput(CapacityUnit unit) {
		JsonArray out = new JsonArray();
		out.add(unit.getReadCapacityUnit());
		out.add(unit.getWriteCapacityUnit());
		return out;
	}

	private static JsonObject create(Client client, JsonObject in) throws Exception {
		TableMeta meta = new TableMeta(name(in));
		for (JsonElement element : in.getAsJsonArray("key")) {
			JsonObject column = element.getAsJsonObject();
			PrimaryKeyType type = PrimaryKeyType.valueOf(column.get("type").getAsString());
			if (column.get("auto").getAsBoolean())
				meta.addPrimaryKeyColumn(column.get("name").getAsString(), type,
						PrimaryKeyOption.AUTO_INCREMENT);
			else
				meta.addPrimaryKeyColumn(column.get("name").getAsString(), type);
		}
		CreateTableRequest request = new CreateTableRequest(meta, options(in.getAsJsonObject("options")),
				throughput(in.getAsJsonArray("throughput")));
		client.run(c -> c.createTable(request, null));
		return new JsonObject();
	}

	private static JsonObject list(Client client) throws Exception {
		JsonArray names = new JsonArray();
		for (String name : client.run(c -> c.listTable(null)).getTableNames())
			names.add(name);
		JsonObject out = new JsonObject();
		out.add("tables", names);
		return out;
	}

	private static JsonObject describe(Client client, JsonObject in) throws Exception {
		DescribeTableResponse response =
				client.run(c -> c.describeTable(new DescribeTableRequest(name(in)), null));
		JsonArray key = new JsonArray();
		for (PrimaryKeySchema schema : response.getTableMeta().getPrimaryKeyList()) {
			JsonObject column = new JsonObject();
			column.addProperty("name", schema.getName());
			column.addProperty("type", schema.getType().name());
			column.addProperty("auto", schema.hasOption());
			key.add(column);
		}
		JsonObject out = new JsonObject();
		out.addProperty("table", response.getTableMeta().getTableName());
		out.add("key", key);
		out.add("options", options(response.getTableOptions()));
		out.add("throughput", throughput(response.getReservedThroughputDetails().getCapacityUnit()));
		return out;
	}

	private static JsonObject update(Client client, JsonObject in) throws Exception {
		UpdateTableRequest request = new UpdateTableRequest(name(in));
		if (in.has("options"))
			request.setTableOptionsForUpdate(options(in.getAsJsonObject("options")));
		if (in.has("throughput"))
			request.setReservedThroughputForUpdate(throughput(in.getAsJsonArray("throughput")));
		UpdateTableResponse response = client.run(c -> c.updateTable(request, null));
		JsonObject out = new JsonObject();
		out.addProperty("table", name(in));
		out.add("options", options(response.getTableOptions()));
		out.add("throughput", throughput(response.getReservedThroughputDetails().getCapacityUnit()));
		return out;
	}

	private static JsonObject splits(Client client, JsonObject in) throws Exception {
		ComputeSplitsBySizeRequest request = new ComputeSplitsBySizeRequest();
		request.setTableName(name(in));
		if (in.has("unit"))
			request.setSplitSizeInByte(in.get("size").getAsLong(), in.get("unit").getAsLong());
		else
			request.setSplitSizeIn100MB(in.get("size").getAsLong());
		JsonObject out = new JsonObject();
		out.addProperty("splits", client.run(c -> c.computeSplitsBySize(request, null)).getSplits().size());
		return out;
	}
}
