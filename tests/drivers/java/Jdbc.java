import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** pgjdbc without a pool: each task keeps its connection, as a pool would. */
final class Jdbc {
    private Jdbc() {}

    private interface Connect {
        Connection connect() throws SQLException;
    }

    /** One connection a thread; closing it is left out. */
    private static Work.Source kept(Connect connect) {
        ThreadLocal<Connection> own = new ThreadLocal<>();
        return () -> {
            if (own.get() == null) {
                own.set(connect.connect());
            }
            Connection connection = own.get();
            return (Connection) java.lang.reflect.Proxy.newProxyInstance(
                    Jdbc.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("close")) {
                            return null;
                        }
                        try {
                            return method.invoke(connection, arguments);
                        } catch (java.lang.reflect.InvocationTargetException error) {
                            throw error.getCause();
                        }
                    });
        };
    }

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "default" -> Work.load(kept(() -> DriverManager.getConnection(Work.url())));
            case "advised" -> Work.load(kept(Db::connect));
            default -> Work.once(() -> DriverManager.getConnection(Work.url() + "&connectTimeout=5&loginTimeout=5"));
        }
        System.exit(0);
    }
}
