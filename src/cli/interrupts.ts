// Ctrl-C while an operation listens: counted and told, in place of the end of the process.
import type { Interrupts } from '../core/deployment.js';

export const terminalInterrupts: Interrupts = {
  listen(onInterrupt) {
    let count = 0;
    const heard = (): void => onInterrupt(count += 1);
    process.on('SIGINT', heard);
    return () => { process.off('SIGINT', heard); };
  },
};
