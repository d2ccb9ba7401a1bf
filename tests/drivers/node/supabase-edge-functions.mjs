// postgres.js on Deno, as in an Edge Function. The platform sets SUPABASE_DB_URL, and TLS with it.
import process from 'node:process'
import postgres from 'postgres'
import * as work from './work.mjs'
import { load } from './postgres-js.load.mjs'

process.env.SUPABASE_DB_URL = `${work.bareUrl}?sslmode=require`

await work.main({
  default: () => load(postgres(process.env.SUPABASE_DB_URL, { max: 1 })),
  advised: async () => load((await work.generated('supabase/functions/_shared/db.ts')).sql),
})
