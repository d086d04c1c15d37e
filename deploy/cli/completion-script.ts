/** The completion scripts of three shells, from one table of what may stand where. @module */
import { type CommandGroup, isGroup, type Option } from './command.ts'
import { everywhere, optionsOf } from './help.ts'

interface Candidate {
  readonly text: string
  readonly about: string
}

/** A place in a command line: behind the words of a group or of a command. */
export interface Node {
  /** The words before, each after a blank: ` verify receipt`. Empty at the start. */
  readonly path: string
  readonly isGroup: boolean
  /** Commands, or the choices of a command's words. */
  readonly words: readonly Candidate[]
  readonly options: readonly Candidate[]
  /** Whether files may stand here. */
  readonly files: boolean
  /** Options that take a value, and which: files where it has no choices. */
  readonly values: readonly {
    readonly option: string
    readonly choices: readonly string[]
    readonly files: boolean
  }[]
}

/** Every place of the command lines under `root`. */
export async function readNodes(root: CommandGroup, path = ''): Promise<readonly Node[]> {
  const words = root.commands.map(({ name, summary }) => ({ text: name, about: summary }))
  const options = Object.entries(everywhere).map(candidateOf)
  const nodes: Node[] = [{ path, isGroup: true, words, options, files: false, values: [] }]
  for (const entry of root.commands) {
    const below = `${path} ${entry.name}`
    const loaded = await entry.load()
    if (isGroup(loaded)) {
      nodes.push(...(await readNodes(loaded, below)))
      continue
    }
    const { words } = loaded
    const all = optionsOf(loaded)
    nodes.push({
      path: below,
      isGroup: false,
      words: (words?.choices ?? []).map((text) => ({ text, about: words?.about ?? '' })),
      options: all.map(candidateOf),
      files: words?.name === 'FILE',
      values: all.flatMap(([name, { value, choices = [] }]) =>
        value === undefined ? [] : [{ option: `--${name}`, choices, files: value === 'FILE' }],
      ),
    })
  }
  return nodes
}

function candidateOf([name, { about }]: readonly [string, Option]): Candidate {
  return { text: `--${name}`, about }
}

/** One line of text within single quotes; the quotes in it written as the shell needs. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

const textsOf = (candidates: readonly Candidate[]): string =>
  candidates.map(({ text }) => text).join(' ')

/** The case labels of every place but the start. */
const pathsOf = (nodes: readonly Node[]): string =>
  nodes
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join('|')

function casesOf(nodes: readonly Node[], bodyOf: (node: Node) => string): string {
  return nodes.map((node) => `    ${quoted(node.path)}) ${bodyOf(node)} ;;`).join('\n')
}

function valueCases(nodes: readonly Node[], bodyOf: (value: Node['values'][number]) => string) {
  const cases = nodes.flatMap(({ path, values }) =>
    values.map((value) => `    ${quoted(`${path} ${value.option}`)}) ${bodyOf(value)}; return ;;`),
  )
  return cases.join('\n')
}

/** For bash: a function that fills COMPREPLY. */
export function bashScript(nodes: readonly Node[]): string {
  return `# bash completion of sez: made by sez completion bash
_sez() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local place='' words='' options='' files='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place \${COMP_WORDS[i]}" in
      ${pathsOf(nodes)}) place="$place \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$place $previous" in
${valueCases(nodes, ({ choices, files }) =>
  files ? '_sez_files' : `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$current"))`,
)}
  esac
  case "$place" in
${casesOf(nodes, (node) => `words=${quoted(textsOf(node.words))} options=${quoted(textsOf(node.options))}${node.files ? ' files=1' : ''}`)}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $files ]]; then
    _sez_files
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
_sez_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _sez sez`
}

/** For zsh: a function of its completion system, with descriptions. */
export function zshScript(nodes: readonly Node[]): string {
  const described = (candidates: readonly Candidate[]): string =>
    candidates
      .map(({ text, about }) => quoted(`${text}:${about.replaceAll(':', String.raw`\:`)}`))
      .join(' ')
  return `#compdef sez
# zsh completion of sez: made by sez completion zsh
_sez() {
  local place='' files='' i
  local -a candidates options
  for ((i = 2; i < CURRENT; i++)); do
    case "$place \${words[i]}" in
      ${pathsOf(nodes)}) place="$place \${words[i]}" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${valueCases(nodes, ({ choices, files }) => (files ? '_files' : `compadd -- ${choices.map(quoted).join(' ')}`))}
  esac
  case "$place" in
${casesOf(nodes, (node) => `candidates=(${described(node.words)}) options=(${described(node.options)})${node.files ? ' files=1' : ''}`)}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe option options
  elif [[ -n $files ]]; then
    _files
  else
    _describe word candidates
  fi
}
if [[ $funcstack[1] == _sez ]]; then _sez "$@"; else compdef _sez sez; fi`
}

/** For fish: one line for each candidate, shown where its place is. */
export function fishScript(nodes: readonly Node[]): string {
  const fishQuoted = (text: string): string =>
    `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
  const lines = nodes.flatMap(({ path, words, options, files, values }) => {
    const at = `complete -c sez -n ${fishQuoted(`test (__sez_place) = "${path}"`)}`
    const valueOf = new Map(values.map((value) => [value.option, value]))
    return [
      ...(files ? [`${at} -F`] : []),
      ...words.map(({ text, about }) => `${at} -a ${fishQuoted(text)} -d ${fishQuoted(about)}`),
      ...options.map(({ text, about }) => {
        const value = valueOf.get(text)
        const taken = value === undefined ? '' : value.files ? ' -r -F' : ' -x'
        const given =
          value === undefined || value.choices.length === 0
            ? ''
            : ` -a ${fishQuoted(value.choices.join(' '))}`
        return `${at} -l ${text.slice(2)}${taken}${given} -d ${fishQuoted(about)}`
      }),
    ]
  })
  return `# fish completion of sez: made by sez completion fish
function __sez_place
  set -l place ''
  for word in (commandline -opc)[2..]
    switch "$place $word"
      case ${nodes
        .filter(({ path }) => path !== '')
        .map(({ path }) => fishQuoted(path))
        .join(' ')}
        set place "$place $word"
    end
  end
  echo "$place"
end
complete -c sez -f
${lines.join('\n')}`
}
