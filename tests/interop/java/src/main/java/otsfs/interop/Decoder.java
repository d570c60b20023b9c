package otsfs.interop;

import com.alicloud.openservices.tablestore.core.protocol.OtsInternalApi;
import com.alicloud.openservices.tablestore.core.protocol.PlainBufferCell;
import com.alicloud.openservices.tablestore.core.protocol.PlainBufferCodedInputStream;
import com.alicloud.openservices.tablestore.core.protocol.PlainBufferConsts;
import com.alicloud.openservices.tablestore.core.protocol.PlainBufferInputStream;
import com.alicloud.openservices.tablestore.core.protocol.PlainBufferRow;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Base64;

/**
 * Bodies of requests as the SDK's own decoder reads them, both checksums verified. It has no reader of
 * requests, but its messages and its PlainBuffer serve both ways.
 */
final class Decoder {
	private Decoder() {}

	static JsonObject decode(JsonObject in) throws Exception {
		byte[] body = Base64.getDecoder().decode(in.get("body").getAsString());
		JsonArray rows = new JsonArray();
		switch (in.get("action").getAsString()) {
		case "PutRow" -> {
			OtsInternalApi.PutRowRequest put = OtsInternalApi.PutRowRequest.parseFrom(body);
			rows.add(row("put", put.getTableName(), put.getRow().toByteArray(), put.getCondition()));
		}
		case "UpdateRow" -> {
			OtsInternalApi.UpdateRowRequest update = OtsInternalApi.UpdateRowRequest.parseFrom(body);
			rows.add(row("update", update.getTableName(), update.getRowChange().toByteArray(),
					update.getCondition()));
		}
		case "DeleteRow" -> {
			OtsInternalApi.DeleteRowRequest delete = OtsInternalApi.DeleteRowRequest.parseFrom(body);
			rows.add(row("delete", delete.getTableName(), delete.getPrimaryKey().toByteArray(),
					delete.getCondition()));
		}
		case "BatchWriteRow" -> {
			for (OtsInternalApi.TableInBatchWriteRowRequest table :
					OtsInternalApi.BatchWriteRowRequest.parseFrom(body).getTablesList())
				for (OtsInternalApi.RowInBatchWriteRowRequest row : table.getRowsList())
					rows.add(row(row.getType().name().toLowerCase(), table.getTableName(),
							row.getRowChange().toByteArray(), row.getCondition()));
		}
		case "GetRow" -> {
			OtsInternalApi.GetRowRequest get = OtsInternalApi.GetRowRequest.parseFrom(body);
			rows.add(row("get", get.getTableName(), get.getPrimaryKey().toByteArray(), null));
		}
		case "BatchGetRow" -> {
			for (OtsInternalApi.TableInBatchGetRowRequest table :
					OtsInternalApi.BatchGetRowRequest.parseFrom(body).getTablesList())
				for (int i = 0; i < table.getPrimaryKeyCount(); i++)
					rows.add(row("get", table.getTableName(), table.getPrimaryKey(i).toByteArray(),
							null));
		}
		case "GetRange" -> {
			OtsInternalApi.GetRangeRequest range = OtsInternalApi.GetRangeRequest.parseFrom(body);
			rows.add(row("start", range.getTableName(),
					range.getInclusiveStartPrimaryKey().toByteArray(), null));
			rows.add(row("end", range.getTableName(),
					range.getExclusiveEndPrimaryKey().toByteArray(), null));
		}
		default -> throw new IllegalArgumentException("not decoded: " + in.get("action"));
		}
		JsonObject out = new JsonObject();
		out.add("rows", rows);
		return out;
	}

	private static JsonObject row(String op, String table, byte[] bytes,
			OtsInternalApi.Condition condition) throws Exception {
		PlainBufferInputStream stream = new PlainBufferInputStream(bytes);
		PlainBufferCodedInputStream coded = new PlainBufferCodedInputStream(stream);
		if (coded.readHeader() != PlainBufferConsts.HEADER)
			throw new IllegalStateException("not the header of a PlainBuffer");
		coded.readTag();
		PlainBufferRow row = coded.readRow();
		JsonArray key = new JsonArray();
		for (PlainBufferCell cell : row.getPrimaryKey()) {
			JsonObject one = new JsonObject();
			one.addProperty("name", cell.getCellName());
			one.add("value", Values.value(cell.getPkCellValue()));
			key.add(one);
		}
		JsonArray cells = new JsonArray();
		for (PlainBufferCell cell : row.getCells())
			cells.add(cell(cell));
		JsonObject out = new JsonObject();
		out.addProperty("op", op);
		out.addProperty("table", table);
		out.add("key", key);
		out.add("cells", cells);
		out.addProperty("deleted", row.hasDeleteMarker());
		if (condition != null)
			out.addProperty("expect", condition.getRowExistence().name());
		if (!stream.isAtEnd())
			throw new IllegalStateException("bytes after the row");
		return out;
	}

	private static JsonObject cell(PlainBufferCell cell) {
		JsonObject out = new JsonObject();
		out.addProperty("name", cell.getCellName());
		if (cell.hasCellValue())
			out.add("value", Values.value(cell.getCellValue()));
		if (cell.hasCellTimestamp())
			out.addProperty("time", cell.getCellTimestamp());
		if (cell.hasCellType())
			out.addProperty("do", switch (cell.getCellType()) {
				case PlainBufferConsts.DELETE_ALL_VERSION -> "delete_all";
				case PlainBufferConsts.DELETE_ONE_VERSION -> "delete";
				case PlainBufferConsts.INCREMENT -> "increment";
				default -> "unknown";
			});
		return out;
	}
}
