import com.healthmarketscience.jackcess.*;
import java.io.File;
import java.math.BigDecimal;
import java.nio.file.*;
import java.sql.Timestamp;
import java.util.List;

/** Writes tables as an Access database through Jackcess: FILE FORMAT TABLE.tsv...; a heading is NAME:TYPE. */
public class WriteAccess {
    public static void main(String[] arguments) throws Exception {
        Database.FileFormat format = Database.FileFormat.valueOf(arguments[1]);
        try (Database database = DatabaseBuilder.create(format, new File(arguments[0]))) {
            for (int i = 2; i < arguments.length; i++) {
                write(database, Paths.get(arguments[i]));
            }
        }
    }

    private static void write(Database database, Path path) throws Exception {
        List<String> lines = Files.readAllLines(path);
        String[] headings = lines.get(0).split("\t", -1);
        DataType[] types = new DataType[headings.length];
        TableBuilder builder = new TableBuilder(path.getFileName().toString().replace(".tsv", ""));
        for (int c = 0; c < headings.length; c++) {
            String[] named = headings[c].split(":");
            types[c] = DataType.valueOf(named[1]);
            ColumnBuilder column = new ColumnBuilder(named[0], types[c]);
            if (types[c] == DataType.NUMERIC) {
                column.setPrecision(10).setScale(2);
            }
            builder.addColumn(column);
        }
        Table table = builder.toTable(database);
        for (String line : lines.subList(1, lines.size())) {
            String[] texts = line.split("\t", -1);
            Object[] row = new Object[types.length];
            for (int c = 0; c < types.length; c++) {
                row[c] = texts[c].isEmpty() ? null : value(types[c], texts[c]);
            }
            table.addRow(row);
        }
    }

    private static Object value(DataType type, String text) {
        switch (type) {
            case DOUBLE:
            case FLOAT:
                return Double.parseDouble(text);
            case BOOLEAN:
                return text.equals("1");
            case NUMERIC:
                return new BigDecimal(text);
            case SHORT_DATE_TIME:
                return Timestamp.valueOf(text);
            default:
                return text;
        }
    }
}
