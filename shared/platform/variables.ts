/**
 * What is wrong with an operation's variables, by path. Asked only after they were refused.
 *
 * @module
 */
import {
  coerceInputValue,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql'
import { scalarReason } from './scalars.ts'
import { openProblems, type Problem } from './validation.ts'

/** Every refused variable and member of one, `input.members[2].did`; none when all are well. */
export function variableProblems(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  const problems = openProblems()
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value
    const type = typeFromAST(schema, definition.type)
    if (!isInputType(type)) continue
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined || value === null) {
      const isMissing = value === null || definition.defaultValue === undefined
      problems.require(!isNonNullType(type) || !isMissing, name, 'is required')
      continue
    }
    coerceInputValue(value, type, (path, _value, error) => {
      const reason = scalarReason(error.originalError) ?? error.message
      problems.add(printPath(name, path), reason)
    })
  }
  return problems.list
}

function printPath(root: string, path: readonly (string | number)[]): string {
  const members = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
  return `${root}${members.join('')}`
}
