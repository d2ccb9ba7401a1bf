// What every Node program does with its driver: the same work in several tasks, checked, one JSON line a task.
//
// A program gives `single(k, n)`, one query in autocommit, and `transaction(pairs)`, all of them in one explicit
// transaction; each query is the text `select <k> + <placeholder>::int` with `n` as its parameter, so k counts the
// distinct texts.
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

const number = (name) => Number(process.env[`DRIVERS_${name}`])
const [tasks, rounds, hot, cold] = ['TASKS', 'ROUNDS', 'HOT', 'COLD'].map(number)

export const url = process.env.DRIVERS_URL // libpq's form with sslmode=verify-full and sslrootcert
export const bareUrl = url?.split('?')[0]
export const caFile = process.env.DRIVERS_CA
export const pool = number('POOL')

// The hot texts again and again, every other time in a transaction, then many cold ones.
function* steps(task) {
  for (let turn = 0; turn < rounds; turn++) {
    yield [Array.from({ length: hot }, (_, k) => [k, task * 1000 + turn]), turn % 2 === 1]
  }
  for (let k = hot; k < hot + cold; k += 10) yield [Array.from({ length: 10 }, (_, i) => [k + i, task]), false]
}

// An error as console.error prints it, without the lines of the stack.
const text = (error) =>
  inspect(error)
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .join('\n')

const report = (task, error) => console.log(JSON.stringify({ task, ok: error == null, error: error == null ? null : text(error) }))

// A statement that another process has prepared under the same name gives a wrong number.
function check(pairs, values) {
  const expected = pairs.map(([k, n]) => k + n)
  if (values.map(Number).join() !== expected.join()) throw new Error(`wrong result: ${values} for ${expected}`)
}

export async function load(single, transaction) {
  const one = async (task) => {
    try {
      for (const [pairs, inTransaction] of steps(task)) {
        const values = inTransaction ? await transaction(pairs) : []
        if (!inTransaction) for (const [k, n] of pairs) values.push(await single(k, n))
        check(pairs, values)
      }
    } catch (error) {
      return report(task, error)
    }
    report(task)
  }
  await Promise.all(Array.from({ length: tasks }, (_, task) => one(task)))
}

// The statements of DRIVERS_ONCE one after another; what goes wrong is printed as the driver says it.
export async function once(execute) {
  try {
    for (const sql of JSON.parse(process.env.DRIVERS_ONCE)) await execute(sql)
  } catch (error) {
    return report(0, error)
  }
  report(0)
}

// The module that `supascope env --code` wrote into this folder.
export const generated = (file) => import(pathToFileURL(path.join(process.env.DRIVERS_GENERATED, file)))

// Runs the function that the first argument names: `defaults`, `advised`, `named` or `once`.
export async function main(programs) {
  try {
    await programs[process.argv[2]]()
  } catch (error) {
    for (let task = 0; task < tasks; task++) report(task, error) // before the first task: nothing could be set up
  }
  process.exit(0)
}

// What a tagged template with one value gets: strings with a hidden `raw`.
export const template = (k) => {
  const strings = [`select ${k} + `, '::int as v']
  return Object.defineProperty(strings, 'raw', { value: strings })
}

// A pool of pg that drops the errors of idle connections: the next query shows them.
export function quiet(pgPool) {
  pgPool.on?.('error', () => {})
  return pgPool
}
