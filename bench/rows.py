# SPDX-License-Identifier: MIT
"""The rows of bench/run that start other programs: cards, pings, drydock build, drydock port."""
import glob
import json
import os
import shlex
import shutil
import subprocess
import sys
import time

CARDS = ('soft:e1000e', 'qemu:e1000e')
FRAMES = (60, 1514)
BUILD_FILES, BUILD_LINES = 20, 500  # 10,000 lines
MISSING = 77  # exit status: cannot be had here

# One function of the generated driver: what such code is made of, each time with other numbers.
FUNCTION = '''
static ULONG
GenUpdate%(n)d(PGEN_ADAPTER Adapter, long Value, unsigned long Mask)
{
    ULONG total = 0;
    long step;

    for (step = 0; step < %(n)dL %% 7; step++) {
        switch (Adapter->Registers[(step + %(n)d) %% GEN_REGISTERS] & Mask) {
        case 0x%(n)xUL:
            Adapter->Counters.Good += (ULONG64)sizeof(long) * 4ULL;
            break;
        case 0xffff0000UL:
            Adapter->Counters.Bad++;
            NdisZeroMemory(Adapter->Scratch, sizeof(Adapter->Scratch));
            break;
        default:
            if ((Value & 0x80000000L) != 0 && Adapter->State == GenRunning) {
                KIRQL irql;

                KeAcquireSpinLock(&Adapter->Lock, &irql);
                Adapter->Registers[%(n)d %% GEN_REGISTERS] = (ULONG)(Value >> 3) | Mask;
                KeReleaseSpinLock(&Adapter->Lock, irql);
            }
            break;
        }
        total += Adapter->Registers[step] ^ (unsigned long)Value;
    }
    DbgPrint("GenUpdate%(n)d: %%lu of %%ld\\n", (unsigned long)total, Value);
    return total;
}
'''
HEAD = '''#include <ndis.h>
#define GEN_REGISTERS 64L
typedef enum _GEN_STATE { GenStopped, GenRunning } GEN_STATE;
typedef struct _GEN_ADAPTER {
    KSPIN_LOCK Lock;
    GEN_STATE State;
    unsigned long Registers[GEN_REGISTERS];
    UCHAR Scratch[128];
    struct { ULONG64 Good, Bad; } Counters;
} GEN_ADAPTER, *PGEN_ADAPTER;
'''


def generate(folder):
    """A driver's sources: BUILD_FILES times BUILD_LINES. Returns the paths and the lines."""
    paths, lines, n = [], 0, 0
    for i in range(BUILD_FILES):
        text, calls = HEAD, []
        while text.count('\n') < BUILD_LINES - 40:
            n += 1
            text += FUNCTION % {'n': n}
            calls.append(n)
        text += '\nULONG GenFile%d(PGEN_ADAPTER Adapter)\n{\n    ULONG total = 0;\n\n' % i
        text += ''.join('    total += GenUpdate%d(Adapter, %dL, ~0UL);\n' % (c, c) for c in calls)
        text += '    return total;\n}\n'
        if i == 0:
            text += ('DRIVER_INITIALIZE DriverEntry;\nNTSTATUS DriverEntry(PDRIVER_OBJECT Driver, '
                     'PUNICODE_STRING Path)\n{\n    (void)Driver;\n    (void)Path;\n'
                     '    return STATUS_SUCCESS;\n}\n')
        paths.append(os.path.join(folder, 'gen%d.c' % i))
        lines += text.count('\n')
        with open(paths[-1], 'w', encoding='ascii') as f:
            f.write(text)
    return paths, lines


def cpu_seconds(command, env=None):
    """Processor time of a command and of all it started; it must succeed."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env,
                               text=True)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError('%s: %s' % (' '.join(command[:3]), said[-300:].strip()))
    return usage.ru_utime + usage.ru_stime


def left_out(bench, names, why):
    """A row that cannot be measured here is told, and is no failure."""
    for name in names:
        bench.left_out.append({'name': name, 'left_out': why})
    print('bench: left out: %s: %s' % (', '.join(names), why))


# --- cards ---

def cards(bench):
    """The e1000e driver on each card: rates, and what a packet costs in register accesses."""
    for device in CARDS:
        for iommu in ('strict', 'off'):
            for frame in FRAMES:
                name = '%s_send_%d_%s' % (device.replace(':', '_'), frame, iommu)
                command = [bench.program, 'card', bench.e1000e, bench.inf, device, str(frame),
                           iommu, '--slices', '9' if bench.quick else '31']
                done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True)
                if done.returncode == MISSING:
                    left_out(bench, [name], done.stderr.strip().splitlines()[-1])
                    continue
                if done.returncode != 0:
                    sys.exit('bench: %s: %s' % (name, done.stderr.strip()))
                result = json.loads(done.stdout)
                result['doorbells_per_packet'] = result.pop('doorbells')
                bench.add(name=name, **result)


def pings(bench):
    """Round trips of kernel to kernel through the miniport, beside a pump between two taps."""
    for device in CARDS:
        name = 'ping_' + device.replace(':', '_')
        out = os.path.join(bench.scratch, name)
        command = [os.path.join(bench.source, 'scripts/ping-through'), device, '--verify', 'off',
                   '--skip-missing', '--quick', '--json', out]
        if not bench.quick:
            command += ['--latency-pings', '2000']
        env = dict(os.environ, DRYDOCK=bench.path('drydock'), E1000E=bench.e1000e,
                   TAP_PUMP=bench.path('tests/tap/tap-pump'))
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        if not os.path.exists(out):
            left_out(bench, [name], done.stdout.strip().splitlines()[-1])
            continue
        with open(out, encoding='utf-8') as f:
            got = json.load(f)
        ours, pump = got['latency'], got['pump']['latency']
        bench.add(name=name, per=1, device=device, ns=ours['median_us'] * 1e3,
                  ns_median=ours['median_us'] * 1e3, ns_p99=ours['p99_us'] * 1e3,
                  baseline='ping through a bare pump', baseline_ns=pump['median_us'] * 1e3,
                  baseline_ns_median=pump['median_us'] * 1e3, baseline_ns_p99=pump['p99_us'] * 1e3,
                  ratio=ours['median_us'] / pump['median_us'],
                  ratio_p99=ours['p99_us'] / pump['p99_us'], pings=got['pings'],
                  pings_lost=got['pings_lost'], mbits_out=got['mbits_out'],
                  mbits_in=got['mbits_in'], ratio_mbits_out=got['ratio_out'],
                  ratio_mbits_in=got['ratio_in'])


# --- drydock build ---

def direct(bench, flags, paths, folder):
    """The same by one compiler call for each file, and a link."""
    compiler = shutil.which(os.environ.get('DRYDOCK_CC', 'clang'))
    objects, seconds = [], 0
    for path in paths:
        objects.append(os.path.join(folder, os.path.basename(path)[:-2] + '.o'))
        seconds += cpu_seconds([compiler] + flags + ['-w', '-O0', '-c', path, '-o', objects[-1]])
    linking = cpu_seconds([compiler, '-shared'] + objects + ['-o', os.path.join(folder, 'd.so')])
    return seconds, linking


def build(bench):
    """drydock build of 10,000 lines, beside one direct call of the compiler for each file."""
    names = ['build_10k_lines', 'build_pass']
    if not shutil.which(os.environ.get('DRYDOCK_CC', 'clang')):
        left_out(bench, names, 'clang is not installed')
        return
    folder = os.path.join(bench.scratch, 'gen')
    os.mkdir(folder)
    paths, lines = generate(folder)
    headers = os.path.join(bench.source, 'include/nt')
    env = dict(os.environ, DRYDOCK_INCLUDE=headers)
    drydock, made = bench.path('drydock'), os.path.join(folder, 'gen.so')
    flags = shlex.split(subprocess.run([drydock, 'build', '--print-flags'], env=env, text=True,
                                       stdout=subprocess.PIPE, check=True).stdout)
    ours, theirs, compiles, wall = [], [], [], []
    for _ in range(2 if bench.quick else 5):
        began = time.monotonic()
        ours.append(cpu_seconds([drydock, 'build', '--keep', '-o', made] + paths, env) * 1e9)
        wall.append(time.monotonic() - began)
        compiling, linking = direct(bench, flags, paths, folder)
        compiles.append(compiling * 1e9)
        theirs.append((compiling + linking) * 1e9)
    bench.add_run('build_10k_lines', ours, 'clang on each file, and a link', theirs)
    bench.results[-1].update(lines=lines, files=len(paths), wall_seconds=min(wall),
                             wall_seconds_per_10k_lines=min(wall) * 10000 / lines,
                             cpu_seconds_per_10k_lines=min(ours) / 1e9 * 10000 / lines)
    texts = sorted(glob.glob(made + '.build/**/*.i', recursive=True))
    done = subprocess.run([bench.path('bench/drydock-bench-pass'), headers + '/'] + texts,
                          stdout=subprocess.PIPE, text=True, check=True)
    row = bench.add(name='build_pass', per=1, lines=lines, **json.loads(done.stdout))
    row['to_direct_compile'] = row['ns'] / min(compiles)


def trap(bench):
    """A register through a plain pointer, beside the call for it."""
    done = subprocess.run([bench.path('bench/drydock-bench-trap')], stdout=subprocess.PIPE,
                          text=True, check=True)
    for line in done.stdout.splitlines():
        r = json.loads(line)
        bench.add(name=r['name'], per=1, ns=r['ns'], ns_median=r['median_ns'],
                  baseline='READ_, WRITE_REGISTER_ULONG', baseline_ns=r['baseline_ns'],
                  baseline_ns_median=r['baseline_median_ns'], ratio=r['ns'] / r['baseline_ns'])


# --- drydock port ---

def port(bench):
    """Scanning, per line: code that is NDIS 6 already, and code full of what is to be ported."""
    new = sorted(glob.glob(os.path.join(bench.source, 'drivers/e1000e/*.c')))
    old = sorted(f for d in ('busmaster', 'mapreg', 'slave')
                 for f in glob.glob(os.path.join(bench.source, 'tests/port', d, '*.c')))
    for name, megabytes, files in (('port_scan', 16, new), ('port_scan_small', 1, new),
                                   ('port_scan_ndis5', 4, old), ('port_scan_ndis5_small', 1, old)):
        ours, theirs, peaks, last = [], [], [], None
        for _ in range(3 if bench.quick else 9):
            done = subprocess.run([bench.path('bench/drydock-bench-port'), str(megabytes)] + files,
                                  stdout=subprocess.PIPE, text=True, check=True)
            last = json.loads(done.stdout)
            ours.append(last['seconds'] * 1e9 / last['lines'])
            theirs.append(last['baseline_seconds'] * 1e9 / last['lines'])
            peaks.append(last['peak_bytes'])
        bench.add_run(name, ours, 'counting the lines', theirs)
        bench.results[-1].update(lines=last['lines'], bytes=last['bytes'],
                                 findings=last['findings'],
                                 lines_per_second=1e9 / min(ours), peak_bytes=max(peaks),
                                 peak_to_limit=max(peaks) / last['limit_bytes'])


def all_rows(bench):
    cards(bench)
    pings(bench)
    build(bench)
    trap(bench)
    port(bench)


# --- what is told ---

def tell(results):
    for r in results:
        if 'register_accesses' in r:
            print('%-28s %9.0f packets/s; a packet: %.4f register accesses (%.4f reads), %.4f '
                  'doorbells; %.3f doorbells a call of %.1f packets' % (
                      r['name'], r['packets_per_second'], r['register_accesses'],
                      r['register_reads'], r['doorbells_per_packet'], r['doorbells_per_call'],
                      r['packets_per_call']))
        if 'ns_p99' in r:
            print('%-28s median %.0f us, p99 %.0f us; through a bare pump %.0f and %.0f; TCP %.0f '
                  'Mbit/s out, %.0f in (%.2f and %.2f of the pump)' % (
                      r['name'], r['ns'] / 1e3, r['ns_p99'] / 1e3, r['baseline_ns'] / 1e3,
                      r['baseline_ns_p99'] / 1e3, r['mbits_out'], r['mbits_in'],
                      r['ratio_mbits_out'], r['ratio_mbits_in']))
        if 'wall_seconds_per_10k_lines' in r:
            print('%-28s %.2f s, %.2f s of processor, for 10,000 lines in %d files' % (
                r['name'], r['wall_seconds_per_10k_lines'], r['cpu_seconds_per_10k_lines'],
                r['files']))
        if 'lines_per_second' in r:
            print('%-28s %.2f million lines/s, %d findings in %d lines; peak %.1f MiB, %.2f of '
                  'what it may' % (r['name'], r['lines_per_second'] / 1e6, r['findings'],
                                   r['lines'], r['peak_bytes'] / 2**20, r['peak_to_limit']))
