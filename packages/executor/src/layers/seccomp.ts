/** @module layers/seccomp: the system-call filter of a cell, as classic BPF for `bwrap --seccomp`. */

interface Machine {
  /** AUDIT_ARCH_… of linux/audit.h. */
  audit: number
  /** Column of DENIED. */
  column: 0 | 1
  clone: number
  clone3: number
}

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: { audit: 0xc000003e, column: 0, clone: 56, clone3: 435 },
  arm64: { audit: 0xc00000b7, column: 1, clone: 220, clone3: 435 },
}

/** Number on x86-64 and on arm64; `undefined` where the machine has no such call. `execve` stays: bwrap itself starts node by it. */
const DENIED: Readonly<Record<string, readonly [number | undefined, number | undefined]>> = {
  socket: [41, 198],
  connect: [42, 203],
  accept: [43, 202],
  accept4: [288, 242],
  bind: [49, 200],
  listen: [50, 201],
  kill: [62, 129],
  tkill: [200, 130],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  pidfd_send_signal: [424, 424],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  setpriority: [141, 140],
  fork: [57, undefined],
  vfork: [58, undefined],
  execveat: [322, 281],
  mount: [165, 40],
  umount2: [166, 39],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  pivot_root: [155, 41],
  chroot: [161, 51],
  unshare: [272, 97],
  setns: [308, 268],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  init_module: [175, 105],
  finit_module: [313, 273],
  kexec_load: [246, 104],
  reboot: [169, 142],
  syslog: [103, 116],
  acct: [163, 89],
  swapon: [167, 224],
  swapoff: [168, 225],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  setuid: [105, 146],
  setgid: [106, 144],
  setreuid: [113, 145],
  setregid: [114, 143],
  setresuid: [117, 147],
  setresgid: [119, 149],
}

const LOAD = 0x20
const JUMP_EQUAL = 0x15
const JUMP_AT_LEAST = 0x35
const JUMP_BITS = 0x45
const RETURN = 0x06

const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const EPERM = 0x00050000 | 1
const ENOSYS = 0x00050000 | 38

/** Offsets in `struct seccomp_data`. */
const NUMBER_AT = 0
const ARCH_AT = 4
const FIRST_ARGUMENT_AT = 16

const X32_BIT = 0x40000000
const CLONE_THREAD = 0x10000

/** The program, or `undefined` for a machine whose numbers are not in the table. */
export function seccompFilter(arch: string): Uint8Array | undefined {
  const machine = MACHINES[arch]
  if (machine === undefined) return undefined
  const program: [code: number, whenTrue: number, whenFalse: number, k: number][] = [
    [LOAD, 0, 0, ARCH_AT],
    [JUMP_EQUAL, 1, 0, machine.audit],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, NUMBER_AT],
    [JUMP_AT_LEAST, 0, 1, X32_BIT],
    [RETURN, 0, 0, KILL_PROCESS],
  ]
  for (const numbers of Object.values(DENIED)) {
    const number = numbers[machine.column]
    if (number !== undefined) program.push([JUMP_EQUAL, 0, 1, number], [RETURN, 0, 0, EPERM])
  }
  program.push(
    // Its flags lie in memory, out of a filter's reach; libc falls back to clone.
    [JUMP_EQUAL, 0, 1, machine.clone3],
    [RETURN, 0, 0, ENOSYS],
    [JUMP_EQUAL, 0, 3, machine.clone],
    [LOAD, 0, 0, FIRST_ARGUMENT_AT],
    [JUMP_BITS, 1, 0, CLONE_THREAD],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
  )
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [i, [code, whenTrue, whenFalse, k]] of program.entries()) {
    view.setUint16(i * 8, code, true)
    view.setUint8(i * 8 + 2, whenTrue)
    view.setUint8(i * 8 + 3, whenFalse)
    view.setUint32(i * 8 + 4, k, true)
  }
  return bytes
}
