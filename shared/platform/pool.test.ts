/** The pool under kills: every query is answered, nothing runs outside its transaction. @module */
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase, until } from './database.fixture.ts'
import { type Database, mapDatabaseError, openDatabase } from './db.ts'
import { databaseAnswerTimeoutMs } from './limits.ts'

let copy: TestDatabase
let killer: Database
let pool: Database

beforeAll(async () => {
  copy = await openTestDatabase()
  killer = open('killer', 2)
  await killer.raw`create table public.written (id int primary key)`
})
afterAll(async () => {
  await killer[Symbol.asyncDispose]()
  await copy[Symbol.asyncDispose]()
})
afterEach(async () => {
  await pool[Symbol.asyncDispose]()
  await killer.raw`truncate public.written`
})

function open(applicationName: string, connectionsMax: number): Database {
  return openDatabase({ url: copy.url, connectionsMax, applicationName })
}

async function kill(applicationName: string): Promise<number> {
  const rows = await killer.raw`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${applicationName} and datname = current_database()`
  return rows.length
}

const pidOf = async (tx: Pick<Database['db'], 'execute'>): Promise<number> =>
  Number((await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid)

async function outcomeOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    return mapDatabaseError(error)
  }
}

const unavailable = expect.objectContaining({ code: 'DATABASE_UNAVAILABLE' })

test.each(['between two statements', 'during a statement', 'before the commit'])(
  'a transaction whose backend is killed %s is refused whole, and the pool goes on',
  async (when) => {
    pool = open('victim', 1)
    const outcome = await outcomeOf(
      pool.db.transaction(async (tx) => {
        await tx.execute(sql`insert into written values (${1})`)
        if (when === 'during a statement') {
          const sleeping = tx.execute(sql`select pg_sleep(${10})`)
          await Promise.all([sleeping, kill('victim')])
        }
        await kill('victim')
        if (when === 'between two statements') await tx.execute(sql`insert into written values (2)`)
      }),
    )
    expect(outcome).toEqual(unavailable)
    // Several rounds: a spoilt connection would come back in one of them.
    for (const id of [3, 4, 5]) {
      await pool.db.transaction((tx) => tx.execute(sql`insert into written values (${id})`))
      await pool.db.execute(sql`select ${id}::int`)
    }
    expect(await killer.raw`select id from public.written order by id`).toEqual(
      [3, 4, 5].map((id) => ({ id })),
    )
  },
)

test('a statement after its connection was lost or its transaction ended is refused', async () => {
  pool = open('late', 1)
  let late: ((id: number) => PromiseLike<unknown>) | undefined
  await pool.db.transaction(async (tx) => {
    late = (id) => tx.execute(sql`insert into written values (${id})`)
    await late(1)
  })
  expect(await outcomeOf(late?.(2) ?? Promise.resolve())).toEqual(unavailable)
  const outcome = pool.db.transaction(async (tx) => {
    const pid = await pidOf(tx)
    await killer.raw`select pg_terminate_backend(${pid})`
    const first = await outcomeOf(tx.execute(sql`insert into written values (3)`))
    const second = await outcomeOf(tx.execute(sql`insert into written values (${4})`))
    expect([first, second]).toEqual([unavailable, unavailable])
  })
  expect(await outcomeOf(outcome)).toEqual(unavailable)
  expect(await killer.raw`select id from public.written`).toEqual([{ id: 1 }])
})

test('work that strays on while its transaction commits writes nothing outside of it', async () => {
  pool = open('astray', 1)
  await killer.raw.unsafe(`
    create table public.slow (id int);
    create function public.dawdle() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.3); return null; end $$;
    create constraint trigger slow after insert on public.slow deferrable initially deferred
      for each row execute function public.dawdle()`)
  let straying: Promise<unknown> = Promise.resolve()
  await pool.db.transaction(async (tx) => {
    await tx.execute(sql`insert into public.slow values (${1})`)
    const stray = async (): Promise<void> => {
      for (let id = 1; id < 9; id += 1) await tx.execute(sql`insert into written values (${id})`)
    }
    straying = outcomeOf(stray())
    // Awaited by nobody: the transaction ends in the middle of it.
  })
  expect(await straying).toEqual(unavailable)
  const rows = await killer.raw<{ xmin: string }[]>`select xmin::text from public.written
    where xmin <> (select xmin from public.slow)`
  expect(rows).toEqual([])
})

test('a query made inside a transaction and asked for after its end is refused', async () => {
  pool = open('lazy', 1)
  let lazy: PromiseLike<unknown> | undefined
  await pool.raw.begin(async (tx) => {
    await tx`insert into public.written values (1)`
    // A query of postgres.js begins when it is awaited.
    lazy = tx`insert into public.written values (2)`
  })
  expect(await outcomeOf(lazy ?? Promise.resolve())).toEqual(unavailable)
  expect(await killer.raw`select id from public.written`).toEqual([{ id: 1 }])
})

test('a failure that is swallowed behind a savepoint undoes what is behind it alone', async () => {
  pool = open('swallowing', 1)
  await pool.db.transaction(async (tx) => {
    await tx.execute(sql`insert into written values (${1})`)
    const inner = tx.transaction(async (nested) => {
      await nested.execute(sql`insert into written values (${2})`)
      await outcomeOf(nested.execute(sql`insert into written values (${1})`))
    })
    expect(await outcomeOf(inner)).toMatchObject({ code: '23505' })
    await tx.execute(sql`insert into written values (${3})`)
  })
  const rows = await killer.raw`select id from public.written order by id`
  expect(rows).toEqual([{ id: 1 }, { id: 3 }])
})

test('savepoints that are over do not pile up in their transaction', async () => {
  pool = open('released', 1)
  let back: unknown
  const outcome = pool.db.transaction(async (tx) => {
    for (const id of [1, 2]) {
      await tx.transaction((nested) => nested.execute(sql`insert into written values (${id})`))
    }
    back = await outcomeOf(tx.execute(sql`rollback to s1`))
  })
  expect(await outcomeOf(outcome)).toMatchObject({ code: '3B001' })
  expect(back).toMatchObject({ code: '3B001' })
})

test('a closed pool ends transactions that stand still', async () => {
  pool = open('standing', 1)
  const outcome = outcomeOf(
    pool.db.transaction(async (tx) => {
      await tx.execute(sql`set local statement_timeout = 0`)
      await tx.execute(sql`select pg_sleep(${30})`)
    }),
  )
  await until('it sleeps', async () => {
    const rows = await killer.raw`select 1 from pg_stat_activity
      where application_name = 'standing' and wait_event = 'PgSleep'`
    return rows.length === 1
  })
  await pool[Symbol.asyncDispose]()
  expect(await outcome).toEqual(unavailable)
})

test('a failure that its work swallows still fails the transaction', async () => {
  pool = open('swallow', 1)
  const outcome = await outcomeOf(
    pool.db.transaction(async (tx) => {
      await tx.execute(sql`insert into written values (${1})`)
      await outcomeOf(tx.execute(sql`insert into written values (${1})`))
    }),
  )
  expect(outcome).toMatchObject({ code: '23505' })
  expect(await killer.raw`select id from public.written`).toEqual([])
})

test('a failure behind a savepoint leaves the rest of the transaction', async () => {
  pool = open('savepoint', 1)
  await pool.db.transaction(async (tx) => {
    await tx.execute(sql`insert into written values (${1})`)
    const inner = tx.transaction(async (nested) => {
      await nested.execute(sql`insert into written values (${2})`)
      await nested.execute(sql`insert into written values (${1})`)
    })
    expect(await outcomeOf(inner)).toMatchObject({ code: '23505' })
    await tx.transaction((nested) => nested.execute(sql`insert into written values (${3})`))
  })
  expect(await killer.raw`select id from public.written order by id`).toEqual([
    { id: 1 },
    { id: 3 },
  ])
})

test('the raw client begins with characteristics, and keeps them to the transaction', async () => {
  pool = open('raw', 1)
  const level = await pool.raw.begin('isolation level repeatable read', async (tx) => {
    const [row] = await tx`select current_setting('transaction_isolation') as level`
    return String(row?.['level'])
  })
  expect(level).toBe('repeatable read')
  const [a, b] = await pool.raw.begin((tx) => [
    tx`select 1 as one`,
    tx`select ${2n}::bigint as two`,
  ])
  expect([a[0], b[0]]).toEqual([{ one: 1 }, { two: 2n }])
})

test('transactions beyond the limit wait for their turn, outside ones do not', async () => {
  pool = open('turns', 2)
  const order: string[] = []
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const first = pool.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`)
    await held
    order.push('first')
  })
  const second = pool.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`)
    order.push('second')
  })
  await pool.db.execute(sql`select ${1}::int`)
  order.push('outside')
  expect(pool.load().drizzle).toMatchObject({ busy: 1, idle: 1, waiting: 1, refused: 0 })
  release()
  await Promise.all([first, second])
  expect(order).toEqual(['outside', 'first', 'second'])
})

test('DATABASE_UNAVAILABLE for a transaction that waits too long for a connection', async () => {
  pool = open('full', 1)
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const holder = pool.db.transaction(async () => await held)
  expect(await outcomeOf(pool.db.transaction(async () => 1))).toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    message: expect.stringContaining('busy'),
  })
  release()
  await holder
  expect(await pool.db.transaction(async () => 2)).toBe(2)
  expect(pool.load().drizzle).toEqual({ busy: 0, idle: 1, waiting: 0, refused: 1 })
})

test('under constant kills all answers are successes or coded, all successes are there', async () => {
  pool = open('storm', 8)
  const acknowledged: number[] = []
  const coded: unknown[] = []
  const storm = new AbortController()
  let id = 0
  async function write(): Promise<void> {
    while (!storm.signal.aborted) {
      id += 1
      const own = id
      try {
        await pool.db.transaction(async (tx) => {
          await Promise.all([
            tx.execute(sql`insert into written values (${own})`),
            tx.execute(sql`select ${own}::int`),
          ])
          await tx.execute(sql`select ${own}::text`)
        })
        acknowledged.push(own)
      } catch (error) {
        coded.push(mapDatabaseError(error))
      }
    }
  }
  async function read(): Promise<void> {
    while (!storm.signal.aborted) {
      try {
        // An empty answer would be the answer to another question.
        expect(await pool.db.execute(sql`select ${7}::int as seven`)).toEqual([{ seven: 7 }])
        expect(await pool.raw`select ${7n}::bigint as seven`).toEqual([{ seven: 7n }])
      } catch (error) {
        coded.push(mapDatabaseError(error))
      }
    }
  }
  const workers = [write(), write(), write(), write(), read(), read(), read()]
  for (let round = 0; round < 25; round += 1) {
    const target = acknowledged.length + 20
    await until('the pool works again', () => acknowledged.length >= target)
    await kill('storm')
  }
  storm.abort()
  await Promise.all(workers)
  expect(coded.length).toBeGreaterThan(25)
  expect(coded.filter((each) => !unavailable.asymmetricMatch(each))).toEqual([])
  const rows = await killer.raw<{ id: number }[]>`select id from public.written`
  const found = new Set(rows.map((row) => row.id))
  expect(acknowledged.filter((each) => !found.has(each))).toEqual([])
})

test('a listener hears again after its backend was killed', async () => {
  pool = open('listener', 1)
  const heard: string[] = []
  let listening = 0
  await pool.raw.listen(
    'pool_test',
    (payload) => heard.push(payload),
    () => {
      listening += 1
    },
  )
  expect(await kill('listener')).toBe(1)
  await until('it listens again', () => listening === 2)
  await killer.raw.notify('pool_test', 'again')
  await until('it hears', () => heard.includes('again'))
})

/** A door in front of the server that can be shut: it accepts, and closes at once. */
async function openDoor() {
  const target = new URL(copy.url)
  const { port, hostname } = target
  const sockets = new Set<Socket>()
  const servers = new Set<Socket>()
  const door = { isShut: false, isHeld: false, tries: 0 }
  const proxy = createServer((socket) => {
    door.tries += 1
    sockets.add(socket.on('error', () => {}))
    if (door.isShut) {
      socket.destroy()
      return
    }
    const server = connect(Number(port), hostname)
    servers.add(server)
    server.on('error', () => {}).on('close', () => socket.destroy())
    socket.on('close', () => server.destroy())
    socket.pipe(server).pipe(socket)
    if (door.isHeld) server.unpipe(socket).pause()
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  const address = proxy.address()
  target.port = String(typeof address === 'object' ? address?.port : 0)
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    door,
    url: target.href,
    shut: (): void => {
      Object.assign(door, { isShut: true, tries: 0 })
      cut()
    },
    /** From here on nothing comes back, of what is open too, and nothing is closed. */
    hold: (): void => {
      door.isHeld = true
      for (const server of servers) server.unpipe().pause()
    },
    release: (): void => {
      door.isHeld = false
    },
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
      cut()
      await new Promise((done) => proxy.close(done))
    },
  }
}

test('a listener comes back from a server that is away, without storming it', async () => {
  await using front = await openDoor()
  pool = openDatabase({ url: front.url, connectionsMax: 1, applicationName: 'away' })
  const heard: string[] = []
  let listening = 0
  for (const channel of ['pool_a', 'pool_b']) {
    await pool.raw.listen(
      channel,
      (payload) => heard.push(payload),
      () => {
        listening += 1
      },
    )
  }
  front.shut()
  await delay(1_500)
  expect(front.door.tries).toBeGreaterThan(0)
  expect(front.door.tries).toBeLessThan(5)
  front.door.isShut = false
  await until('it hears again', async () => {
    await killer.raw.notify('pool_b', 'again')
    return heard.includes('again')
  })
  expect(listening).toBeLessThan(15)
})

test('a listener that is away when its pool closes does not come back', async () => {
  await using front = await openDoor()
  pool = openDatabase({ url: front.url, connectionsMax: 1, applicationName: 'forgotten' })
  await pool.raw.listen('pool_a', () => {})
  front.shut()
  await until('it has called again', () => front.door.tries > 0)
  await pool[Symbol.asyncDispose]()
  front.door.isShut = false
  // Longer than the pause between two calls.
  await delay(1_200)
  expect(await kill('forgotten')).toBe(0)
})

test('DATABASE_UNAVAILABLE, and no storm, where something accepts and closes', async () => {
  await using front = await openDoor()
  pool = openDatabase({ url: front.url, connectionsMax: 1, applicationName: 'closed' })
  front.shut()
  for (const work of [
    () => pool.raw`select 1`,
    () => pool.db.execute(sql`select ${1}::int`),
    () => pool.db.transaction(async () => 1),
  ]) {
    expect(await outcomeOf(work())).toEqual(unavailable)
  }
  expect(front.door.tries).toBeLessThan(5)
  front.door.isShut = false
  expect([...(await pool.raw`select 1 as one`)]).toEqual([{ one: 1 }])
  expect(await pool.db.transaction(async () => 1)).toBe(1)
})

test('a server that falls silent without closing: every statement ends, and others go elsewhere', async () => {
  await using front = await openDoor()
  pool = openDatabase({ url: front.url, connectionsMax: 2, applicationName: 'silent' })
  await Promise.all([pool.raw`select 1`, pool.db.transaction((tx) => tx.execute(sql`select 1`))])
  front.hold()
  const startMs = performance.now()
  const works = [
    pool.raw`select 1`,
    pool.db.execute(sql`select ${1}::int`),
    pool.db.transaction((tx) => tx.execute(sql`select ${1}::int`)),
  ]
  expect(await Promise.all(works.map(outcomeOf))).toEqual(works.map(() => unavailable))
  expect(performance.now() - startMs).toBeLessThan(databaseAnswerTimeoutMs + 2_000)
  front.release()
  expect(await pool.db.transaction(async () => 1)).toBe(1)
  expect([...(await pool.raw`select 1 as one`)]).toEqual([{ one: 1 }])
}, 40_000)

test('statements that wait for one another are not given up while any of them is answered', async () => {
  pool = open('patient', 2)
  const sleep = () => pool.raw`select pg_sleep(4.5)`
  const sleeps = Array.from({ length: 2 }, sleep)
  const outcomes = await Promise.all(sleeps.map(outcomeOf))
  expect(outcomes.map((rows) => Array.isArray(rows))).toEqual(sleeps.map(() => true))
}, 40_000)

test('a closed pool refuses at once and leaves no connection behind', async () => {
  pool = open('closing', 4)
  await Promise.all([pool.raw`select 1`, pool.db.transaction((tx) => tx.execute(sql`select 1`))])
  await pool[Symbol.asyncDispose]()
  for (const work of [
    pool.raw`select 1`,
    pool.db.execute(sql`select ${1}::int`),
    pool.db.transaction(async () => 1),
  ]) {
    expect(await outcomeOf(work)).toEqual(unavailable)
  }
  await until('the server has forgotten it', async () => (await kill('closing')) === 0)
})
