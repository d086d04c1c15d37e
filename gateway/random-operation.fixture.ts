/** Random valid operations over any schema, the same ones for the same seed. @module */
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isUnionType,
  parse,
  validate,
} from 'graphql'
import { invariant } from '@sez/core/invariant'

export interface RandomOptions {
  readonly schema: GraphQLSchema
  readonly seed: number
  /** Fields never asked, as `Type.field`. */
  readonly without: ReadonlySet<string>
  /** Aliases that hurt: names of keys, of required fields, of prototypes. */
  readonly aliases: readonly string[]
  /** Values that fit an argument, by its name. */
  readonly values: Readonly<Record<string, readonly unknown[]>>
}

export interface RandomOperation {
  readonly query: string
  readonly variables: Record<string, boolean>
}

const depthMax = 5

/** One operation that validates; most attempts do. */
export function randomOperation(options: RandomOptions): RandomOperation {
  const random = generator(options.seed)
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const writer = new OperationWriter(options, random)
    const operation = writer.operation()
    if (validate(options.schema, parse(operation.query)).length === 0) return operation
  }
  return { query: '{ __typename }', variables: {} }
}

/** Mulberry32: small, fast, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class OperationWriter {
  readonly #options: RandomOptions
  readonly #random: () => number
  readonly #fragments: string[] = []
  readonly #usedConditions = new Set<string>()

  constructor(options: RandomOptions, random: () => number) {
    this.#options = options
    this.#random = random
  }

  operation(): RandomOperation {
    const query = this.#options.schema.getQueryType()
    invariant(query, 'a schema has a query type')
    const selections = this.#selections(query, 0)
    const variables: Record<string, boolean> = {}
    for (const name of this.#usedConditions) variables[name] = this.#chance(0.5)
    const names = Object.keys(variables).map((name) => `$${name}: Boolean!`)
    const head = names.length === 0 ? 'query' : `query(${names.join(', ')})`
    return { query: [`${head} ${selections}`, ...this.#fragments].join(' '), variables }
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)]
    invariant(item !== undefined, 'something to pick from')
    return item
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const parts: string[] = []
    const fields = isUnionType(type) ? [] : this.#askable(type, depth)
    const count = 1 + Math.floor(this.#random() * 4)
    for (let index = 0; index < count; index += 1) {
      if (fields.length > 0 && this.#chance(0.75))
        parts.push(this.#field(this.#pick(fields), depth))
      else if (this.#chance(0.3) || depth >= depthMax) parts.push('__typename')
      else parts.push(this.#fragment(type, depth))
    }
    return `{ ${parts.join(' ')} }`
  }

  #askable(type: Exclude<GraphQLCompositeType, { getTypes(): unknown }>, depth: number) {
    return Object.values(type.getFields()).filter(
      (field) =>
        !this.#options.without.has(`${type.name}.${field.name}`) &&
        (depth < depthMax || !isCompositeType(getNamedType(field.type))),
    )
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const alias = this.#chance(0.2) ? `${this.#pick(this.#options.aliases)}: ` : ''
    const given = field.args.flatMap((argument) => this.#argument(argument))
    const list = given.length === 0 ? '' : `(${given.join(', ')})`
    const type = getNamedType(field.type)
    const below = isCompositeType(type) ? ` ${this.#selections(type, depth + 1)}` : ''
    return `${alias}${field.name}${list}${this.#condition()}${below}`
  }

  #argument({ name, type }: GraphQLArgument): readonly string[] {
    if (!isNonNullType(type) && this.#chance(0.5)) return []
    return [`${name}: ${this.#value(name, type)}`]
  }

  #value(name: string, type: GraphQLInputType): string {
    const known = this.#options.values[name]
    if (known !== undefined) return JSON.stringify(this.#pick(known))
    const nullable = getNullableType(type)
    if (isEnumType(nullable)) return this.#pick(nullable.getValues()).name
    return isListType(nullable) ? '[]' : 'null'
  }

  #condition(): string {
    if (!this.#chance(0.12)) return ''
    const name = this.#pick(['a', 'b'])
    this.#usedConditions.add(name)
    return ` @${this.#pick(['skip', 'include'])}(if: $${name})`
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const { schema } = this.#options
    const types = isAbstractType(type) ? [type, ...schema.getPossibleTypes(type)] : [type]
    const on = this.#pick(types)
    const selections = this.#selections(on, depth + 1)
    if (this.#chance(0.5)) return `... on ${on.name}${this.#condition()} ${selections}`
    const name = `F${this.#fragments.length}`
    this.#fragments.push(`fragment ${name} on ${on.name} ${selections}`)
    return `...${name}${this.#condition()}`
  }
}
