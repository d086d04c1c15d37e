/** Answers `__schema` and `__type` from the API schema, also in the middle of an operation with data. @module */
import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql'
import { invariant } from '@sez/core/invariant'
import type { Fragments, Variables } from './operation.ts'
import type { ObjectPlan } from './selection.ts'
import { own } from './merge.ts'

export interface IntrospectionInput {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
  readonly root: ObjectPlan
}

/** The values of the operation's introspection fields, by response name; made only when asked. */
export function introspector(
  input: IntrospectionInput,
  variables: Variables,
): (responseName: string) => unknown {
  let answered: object | undefined
  return (responseName) => {
    answered ??= introspect(input, variables)
    return own(answered, responseName)
  }
}

function introspect(input: IntrospectionInput, variables: Variables): object {
  const selections: FieldNode[] = []
  for (const field of input.root.fields) {
    if (field.role === 'introspection') selections.push(...field.nodes)
  }
  const { data, errors } = executeSync({
    schema: input.schema,
    document: documentOf(input, selections),
    variableValues: variables,
  })
  invariant(data && errors === undefined, 'introspection of a valid operation has no errors')
  return data
}

/** A query of these fields alone, with the fragments and variables they use. */
function documentOf(input: IntrospectionInput, selections: readonly FieldNode[]): DocumentNode {
  const usedFragments = new Map<string, FragmentDefinitionNode>()
  const usedVariables = new Set<string>()
  function note(node: FieldNode | FragmentDefinitionNode): void {
    visit(node, {
      Variable(variable) {
        usedVariables.add(variable.name.value)
      },
      FragmentSpread(spread) {
        const fragment = input.fragments.get(spread.name.value)
        if (fragment === undefined || usedFragments.has(spread.name.value)) return
        usedFragments.set(spread.name.value, fragment)
        note(fragment)
      },
    })
  }
  for (const selection of selections) note(selection)
  const variableDefinitions = (input.operation.variableDefinitions ?? []).filter(({ variable }) =>
    usedVariables.has(variable.name.value),
  )
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions,
        selectionSet: { kind: Kind.SELECTION_SET, selections },
      },
      ...usedFragments.values(),
    ],
  }
}
