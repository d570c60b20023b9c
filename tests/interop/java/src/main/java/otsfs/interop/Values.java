package otsfs.interop;

import com.alicloud.openservices.tablestore.model.CapacityUnit;
import com.alicloud.openservices.tablestore.model.Column;
import com.alicloud.openservices.tablestore.model.ColumnValue;
import com.alicloud.openservices.tablestore.model.ConsumedCapacity;
import com.alicloud.openservices.tablestore.model.PrimaryKey;
import com.alicloud.openservices.tablestore.model.PrimaryKeyColumn;
import com.alicloud.openservices.tablestore.model.PrimaryKeyValue;
import com.alicloud.openservices.tablestore.model.Row;
import com.alicloud.openservices.tablestore.model.filter.ColumnPaginationFilter;
import com.alicloud.openservices.tablestore.model.filter.ColumnValueFilter;
import com.alicloud.openservices.tablestore.model.filter.CompositeColumnValueFilter;
import com.alicloud.openservices.tablestore.model.filter.Filter;
import com.alicloud.openservices.tablestore.model.filter.SingleColumnValueFilter;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Values, keys, rows and filters between JSON and the SDK. */
final class Values {
	private Values() {}

	static JsonObject error(String code, String message) {
		JsonObject error = new JsonObject();
		error.addProperty("code", code);
		error.addProperty("message", message);
		return error;
	}

	static ColumnValue column(JsonObject value) {
		if (value.has("int"))
			return ColumnValue.fromLong(Long.parseLong(value.get("int").getAsString()));
		if (value.has("dbl"))
			return ColumnValue.fromDouble(Double.longBitsToDouble(
					Long.parseUnsignedLong(value.get("dbl").getAsString(), 16)));
		if (value.has("bool"))
			return ColumnValue.fromBoolean(value.get("bool").getAsBoolean());
		if (value.has("str"))
			return ColumnValue.fromString(value.get("str").getAsString());
		return ColumnValue.fromBinary(Base64.getDecoder().decode(value.get("bin").getAsString()));
	}

	static PrimaryKey key(JsonArray columns) {
		List<PrimaryKeyColumn> key = new ArrayList<>();
		for (JsonElement element : columns) {
			JsonObject column = element.getAsJsonObject();
			JsonObject value = column.getAsJsonObject("value");
			PrimaryKeyValue made;
			if (value.has("inf"))
				made = switch (value.get("inf").getAsString()) {
					case "min" -> PrimaryKeyValue.INF_MIN;
					case "max" -> PrimaryKeyValue.INF_MAX;
					default -> PrimaryKeyValue.AUTO_INCREMENT;
				};
			else
				made = PrimaryKeyValue.fromColumn(column(value));
			key.add(new PrimaryKeyColumn(column.get("name").getAsString(), made));
		}
		return new PrimaryKey(key);
	}

	private static JsonObject named(String name, JsonObject value) {
		JsonObject out = new JsonObject();
		out.addProperty("name", name);
		out.add("value", value);
		return out;
	}

	private static JsonObject typed(String type, String text) {
		JsonObject out = new JsonObject();
		out.addProperty(type, text);
		return out;
	}

	static JsonObject value(ColumnValue value) {
		JsonObject out = new JsonObject();
		switch (value.getType()) {
		case INTEGER:
			return typed("int", Long.toString(value.asLong()));
		case DOUBLE:
			return typed("dbl", String.format("%016x", Double.doubleToRawLongBits(value.asDouble())));
		case BOOLEAN:
			out.addProperty("bool", value.asBoolean());
			return out;
		case STRING:
			return typed("str", value.asString());
		case BINARY:
			return typed("bin", Base64.getEncoder().encodeToString(value.asBinary()));
		default:
			throw new IllegalStateException("the SDK gave a " + value.getType());
		}
	}

	static JsonObject value(PrimaryKeyValue value) throws Exception {
		if (value.isInfMin())
			return typed("inf", "min");
		if (value.isInfMax())
			return typed("inf", "max");
		if (value.isPlaceHolderForAutoIncr())
			return typed("inf", "auto");
		return value(value.toColumnValue());
	}

	static JsonElement key(PrimaryKey key) throws Exception {
		if (key == null)
			return JsonNull.INSTANCE;
		JsonArray out = new JsonArray();
		for (PrimaryKeyColumn column : key.getPrimaryKeyColumns())
			out.add(named(column.getName(), value(column.getValue())));
		return out;
	}

	static JsonElement row(Row row) throws Exception {
		if (row == null)
			return JsonNull.INSTANCE;
		JsonArray cells = new JsonArray();
		for (Column column : row.getColumns()) {
			JsonObject cell = named(column.getName(), value(column.getValue()));
			if (column.hasSetTimestamp())
				cell.addProperty("time", column.getTimestamp());
			cells.add(cell);
		}
		JsonObject out = new JsonObject();
		out.add("key", key(row.getPrimaryKey()));
		out.add("cells", cells);
		return out;
	}

	/** One row of an answer: what it cost and what came back. */
	static JsonObject result(ConsumedCapacity consumed, Row row) throws Exception {
		JsonObject out = new JsonObject();
		out.addProperty("ok", true);
		if (consumed != null) {
			CapacityUnit unit = consumed.getCapacityUnit();
			JsonArray units = new JsonArray();
			units.add(unit.getReadCapacityUnit());
			units.add(unit.getWriteCapacityUnit());
			out.add("consumed", units);
		}
		out.add("row", row(row));
		return out;
	}

	static Filter filter(JsonObject in) {
		if (in.has("page")) {
			JsonArray page = in.getAsJsonArray("page");
			return new ColumnPaginationFilter(page.get(1).getAsInt(), page.get(0).getAsInt());
		}
		return columnFilter(in);
	}

	/** A tree of conditions on columns; as deep as the test that wrote it. */
	static ColumnValueFilter columnFilter(JsonObject in) {
		if (in.has("all"))
			return composite(CompositeColumnValueFilter.LogicOperator.AND, in.getAsJsonArray("all"));
		if (in.has("any"))
			return composite(CompositeColumnValueFilter.LogicOperator.OR, in.getAsJsonArray("any"));
		if (in.has("not"))
			return composite(CompositeColumnValueFilter.LogicOperator.NOT, in.getAsJsonArray("not"));
		SingleColumnValueFilter single = new SingleColumnValueFilter(in.get("column").getAsString(),
				comparator(in.get("is").getAsString()), column(in.getAsJsonObject("value")));
		single.setPassIfMissing(in.get("pass_if_missing").getAsBoolean());
		single.setLatestVersionsOnly(in.get("latest_only").getAsBoolean());
		return single;
	}

	private static SingleColumnValueFilter.CompareOperator comparator(String text) {
		return switch (text) {
			case "==" -> SingleColumnValueFilter.CompareOperator.EQUAL;
			case "!=" -> SingleColumnValueFilter.CompareOperator.NOT_EQUAL;
			case ">" -> SingleColumnValueFilter.CompareOperator.GREATER_THAN;
			case ">=" -> SingleColumnValueFilter.CompareOperator.GREATER_EQUAL;
			case "<" -> SingleColumnValueFilter.CompareOperator.LESS_THAN;
			case "<=" -> SingleColumnValueFilter.CompareOperator.LESS_EQUAL;
			default -> throw new IllegalArgumentException("no such comparison: " + text);
		};
	}

	private static ColumnValueFilter composite(CompositeColumnValueFilter.LogicOperator operator,
			JsonArray subs) {
		CompositeColumnValueFilter whole = new CompositeColumnValueFilter(operator);
		for (JsonElement sub : subs)
			whole.addFilter(columnFilter(sub.getAsJsonObject()));
		return whole;
	}
}
