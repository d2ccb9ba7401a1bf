import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The same work in several tasks, checked, one JSON line a task. Each query is the text "select k + ?::int". */
final class Work {
    private Work() {}

    /** Gives a connection for one step, which is closed after it. */
    interface Source {
        Connection get() throws Exception;
    }

    static String variable(String name) {
        return System.getenv("DRIVERS_" + name);
    }

    static int number(String name) {
        return Integer.parseInt(variable(name));
    }

    /** libpq's URL in pgjdbc's form, without a switch for statements. */
    static String url() {
        return "jdbc:postgresql://" + variable("HOST") + ":" + variable("PORT") + "/" + variable("DATABASE") + "?user=" + variable("USER")
                + "&password=" + variable("PASSWORD") + "&sslmode=verify-full&sslrootcert=" + variable("CA");
    }

    private static void ask(Connection connection, int k, int n) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select " + k + " + ?::int")) {
            statement.setInt(1, n);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (row.getInt(1) != k + n) {
                    throw new SQLException("wrong result: " + row.getInt(1) + " for " + (k + n));
                }
            }
        }
    }

    private static void work(int task, Source source) throws Exception {
        int hot = number("HOT");
        for (int turn = 0; turn < number("ROUNDS"); turn++) {
            try (Connection connection = source.get()) {
                boolean transaction = turn % 2 == 1;
                connection.setAutoCommit(!transaction);
                for (int k = 0; k < hot; k++) {
                    ask(connection, k, task * 1000 + turn);
                }
                if (transaction) {
                    connection.commit();
                    connection.setAutoCommit(true);
                }
            }
        }
        for (int k = hot; k < hot + number("COLD"); k += 10) {
            try (Connection connection = source.get()) {
                for (int i = 0; i < 10; i++) {
                    ask(connection, k + i, task);
                }
            }
        }
    }

    private static String json(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            quoted.append(c < ' ' || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return quoted.append('"').toString();
    }

    /** As at the top of a stack trace, with the causes. */
    static synchronized void report(int task, Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable one = error; one != null; one = one.getCause()) {
            text.append(text.length() == 0 ? "" : " Caused by: ").append(one);
        }
        System.out.println("{\"task\": " + task + ", \"ok\": " + (error == null) + ", \"error\": "
                + (error == null ? "null" : json(text.toString())) + "}");
        System.out.flush();
    }

    static void load(Source source) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int number = 0; number < number("TASKS"); number++) {
            int task = number;
            Thread thread = new Thread(() -> {
                try {
                    work(task, source);
                    report(task, null);
                } catch (Throwable error) {
                    report(task, error);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    static void once(Source source) {
        try (Connection connection = source.get(); Statement statement = connection.createStatement()) {
            Matcher string = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(variable("ONCE"));
            while (string.find()) {
                statement.execute(string.group(1));
            }
            report(0, null);
        } catch (Throwable error) {
            report(0, error);
        }
    }
}
