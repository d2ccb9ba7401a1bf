import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** HikariCP over pgjdbc. */
final class Hikari {
    private Hikari() {}

    private static HikariDataSource open(String url, int size) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
        try {
            switch (arguments[0]) {
                case "default" -> Work.load(open(Work.url(), Work.number("POOL"))::getConnection);
                case "advised" -> Work.load(Db.open()::getConnection);
                default -> Work.once(() -> open(Work.url() + "&connectTimeout=5&loginTimeout=5", 1).getConnection());
            }
        } catch (Throwable error) { // before the first task
            for (int task = 0; task < Work.number("TASKS"); task++) {
                Work.report(task, error);
            }
        }
        System.exit(0);
    }
}
