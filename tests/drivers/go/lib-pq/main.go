// lib/pq: the same work in several tasks, checked, one JSON line a task. Each query is "select <k> + $1::int".
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"drivers/db"
)

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv("DRIVERS_" + name))
	if err != nil {
		panic(err)
	}
	return value
}

var printing sync.Mutex

func report(task int, err error) {
	result := map[string]interface{}{"task": task, "ok": err == nil, "error": nil}
	if err != nil {
		result["error"] = err.Error()
	}
	printing.Lock()
	defer printing.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(result)
}

type querier interface {
	QueryRow(query string, arguments ...interface{}) *sql.Row
}

func ask(on querier, k, n int) error {
	var value int
	if err := on.QueryRow(fmt.Sprintf("select %d + $1::int", k), n).Scan(&value); err != nil {
		return err
	}
	if value != k+n {
		return fmt.Errorf("wrong result: %d for %d", value, k+n)
	}
	return nil
}

func work(task int, pool *sql.DB) error {
	hot := number("HOT")
	for turn := 0; turn < number("ROUNDS"); turn++ {
		var on querier = pool
		var transaction *sql.Tx
		if turn%2 == 1 {
			var err error
			if transaction, err = pool.Begin(); err != nil {
				return err
			}
			on = transaction
		}
		for k := 0; k < hot; k++ {
			if err := ask(on, k, task*1000+turn); err != nil {
				return err
			}
		}
		if transaction != nil {
			if err := transaction.Commit(); err != nil {
				return err
			}
		}
	}
	for k := hot; k < hot+number("COLD"); k++ {
		if err := ask(pool, k, task); err != nil {
			return err
		}
	}
	return nil
}

func defaults(more string) (*sql.DB, error) {
	pool, err := sql.Open("postgres", os.Getenv("DRIVERS_URL")+more)
	if err == nil {
		pool.SetMaxOpenConns(number("POOL"))
	}
	return pool, err
}

func once() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	pool, err := defaults("&connect_timeout=5")
	if err != nil {
		return err
	}
	on, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	var statements []string
	if err := json.Unmarshal([]byte(os.Getenv("DRIVERS_ONCE")), &statements); err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := on.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	var pool *sql.DB
	var err error
	switch os.Args[1] {
	case "default":
		pool, err = defaults("")
	case "advised":
		pool, err = db.Open()
	default:
		report(0, once())
		return
	}
	var tasks sync.WaitGroup
	for task := 0; task < number("TASKS"); task++ {
		tasks.Add(1)
		go func(task int) {
			defer tasks.Done()
			if err != nil {
				report(task, err)
			} else {
				report(task, work(task, pool))
			}
		}(task)
	}
	tasks.Wait()
}
