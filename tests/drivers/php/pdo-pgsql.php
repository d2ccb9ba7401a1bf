<?php

// PDO: one task a process, as in a worker of PHP-FPM, which makes its connection for each request.
// Each query is the text "select <k> + ?::int"; every number is checked.

function number(string $name): int
{
    return (int) getenv("DRIVERS_$name");
}

function report(?string $error): void
{
    echo json_encode(['task' => 0, 'ok' => $error === null, 'error' => $error], JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}

function connect(array $more = []): PDO
{
    $dsn = sprintf(
        'pgsql:host=%s;port=%s;dbname=%s;sslmode=verify-full;sslrootcert=%s;connect_timeout=5',
        getenv('DRIVERS_HOST'),
        getenv('DRIVERS_PORT'),
        getenv('DRIVERS_DATABASE'),
        getenv('DRIVERS_CA'),
    );
    return new PDO($dsn, getenv('DRIVERS_USER'), getenv('DRIVERS_PASSWORD'), $more + [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

function ask(PDO $on, int $k, int $n): void
{
    $statement = $on->prepare("select $k + cast(? as int)");
    $statement->execute([$n]);
    $value = $statement->fetchColumn();
    if ((int) $value !== $k + $n) {
        throw new RuntimeException("wrong result: $value for " . ($k + $n));
    }
}

function load(callable $connect): void
{
    $hot = number('HOT');
    for ($turn = 0; $turn < number('ROUNDS'); $turn++) {
        if ($turn % 4 === 0) {
            $on = null; // the next request
            $on = $connect();
        }
        $transaction = $turn % 2 === 1;
        $transaction && $on->beginTransaction();
        for ($k = 0; $k < $hot; $k++) {
            ask($on, $k, $turn);
        }
        $transaction && $on->commit();
    }
    for ($k = $hot; $k < $hot + number('COLD'); $k++) {
        ask($on, $k, 1);
    }
}

try {
    switch ($argv[1]) {
        case 'default':
            load(fn () => connect());
            break;
        case 'advised':
            require getenv('DRIVERS_GENERATED') . '/db.php';
            load(fn () => db());
            break;
        default:
            $on = connect();
            foreach (json_decode(getenv('DRIVERS_ONCE')) as $sql) {
                $on->query($sql);
            }
    }
    report(null);
} catch (Throwable $error) {
    report(get_class($error) . ': ' . $error->getMessage());
}
