/** Makes a forgotten resolver a compile error. @module */
import type { GraphQLScalarType } from 'graphql'

/**
 * The generated resolver map, with every field required that the parent row does not already hold.
 * Scalars are left out: platform brings them (scalars.ts).
 *
 * @typeParam R `Resolvers` from `schema.types.ts`, in which every field is optional.
 * @typeParam Parents `ResolversParentTypes` from the same file.
 */
export type Complete<R, Parents> = R & {
  [T in keyof R & keyof Parents as NonNullable<R[T]> extends GraphQLScalarType
    ? never
    : Missing<R[T], Parents[T]> extends never
      ? never
      : T]-?: Required<Pick<NonNullable<R[T]>, Missing<R[T], Parents[T]>>>
}

type Missing<Fields, Parent> = Exclude<keyof NonNullable<Fields>, keyof Parent | '__isTypeOf'>
