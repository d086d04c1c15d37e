/** `sez completion`: a script that completes the commands of this release, made from their declarations. @module */
import { answer, exitCodes } from './arguments.ts'
import { defineCommand } from './command.ts'
import { bashScript, fishScript, readNodes, zshScript } from './completion-script.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }

export const completion = defineCommand({
  words: {
    name: 'SHELL',
    about: 'the shell that completes',
    min: 1,
    max: 1,
    choices: Object.keys(scripts),
  },
  examples: [
    'sez completion bash > ~/.local/share/bash-completion/completions/sez',
    'sez completion zsh > ~/.zfunc/_sez',
    'sez completion fish > ~/.config/fish/completions/sez.fish',
  ],
  notes: "It completes a command of the name sez, such as: alias sez='node /path/to/deploy/sez.ts'",
  async run({ words: [shell] }, io) {
    // Loaded here only: the list holds this command as well.
    const { sez } = await import('./commands.ts')
    const nodes = await readNodes(sez)
    const script =
      shell === 'fish' ? scripts.fish(nodes) : scripts[shell === 'zsh' ? 'zsh' : 'bash'](nodes)
    answer(io, { shell, script }, script)
    return exitCodes.valid
  },
})
