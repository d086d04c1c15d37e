/** Whether a request's variables fit their declared types. @module */
import { invalid } from '@sez/platform/validation'
import { variableProblems } from '@sez/platform/variables'
import {
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql'
import { own } from './merge.ts'
import type { Variables } from './operation.ts'

/** Throws unless the variables fit; subgraphs coerce what passes here, from the same text. */
export type CheckVariables = (variables: Variables) => void

/**
 * Compiles the check of an operation's variables. Plain scalars, which most variables are, are looked
 * at directly; anything else goes through graphql-js.
 *
 * @throws {SezError} `VALIDATION_ERROR` with every problem.
 */
export function compileVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  conditionNames: readonly string[],
): CheckVariables {
  const definitions = operation.variableDefinitions ?? []
  const plain = definitions.map(plainCheck)
  return (variables) => {
    if (!plain.every((check) => check(variables))) {
      const problems = variableProblems(schema, operation, variables)
      if (problems.length > 0) throw invalid(problems)
    }
    for (const name of conditionNames) {
      // `Boolean = true` may be sent null, but @skip and @include cannot take it.
      if (own(variables, name) === null) throw invalid([{ path: name, reason: 'must not be null' }])
    }
  }
}

const plainTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  Int: (value) => typeof value === 'number' && (value | 0) === value,
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
}

/** Answers true only when the value surely fits. */
function plainCheck(definition: VariableDefinitionNode): (variables: Variables) => boolean {
  const name = definition.variable.name.value
  const isRequired = definition.type.kind === Kind.NON_NULL_TYPE
  const type = definition.type.kind === Kind.NON_NULL_TYPE ? definition.type.type : definition.type
  const fits = type.kind === Kind.NAMED_TYPE ? own(plainTypes, type.name.value) : undefined
  const hasDefault = definition.defaultValue !== undefined
  return (variables) => {
    const value = own(variables, name)
    if (value === undefined) return !isRequired || hasDefault
    if (value === null) return !isRequired
    return typeof fits === 'function' && fits(value) === true
  }
}
