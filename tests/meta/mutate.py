# SPDX-License-Identifier: Apache-2.0
"""Do the unit tests notice small mistakes in the core?

    mutate.py [OPTION...] TOP BUILD [BUILD...]

Makes mistakes (mutants.py), one at a time, in the .c files below TOP/rsp/core,
a sample of them by seed, and runs the unit tests (check_*) of BUILD that reach
the line, the quickest first, until one fails, dies or does not end.  Whatever
the tests of the first BUILD do not notice is shown to those of the next one,
say one with sanitizers.  The builds must be there with all their tests; nothing
in them is changed.

A mistake that does not compile, or compiles to the same code as the original or
as another mistake, is none.  TOP/tests/data/mutants.left lists those that no test
needs to notice, with the reason:

    file.c: the line as it is
    -> the line as it would be, or * for any mistake in it
    because ...

Prints what was not noticed and the share that was, by folder and file.  Ends
with 1 when that is below the floor, or mutants.left names what is not there.
"""

import argparse
import collections
import fnmatch
import hashlib
import json
import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent import futures

sys.dont_write_bytecode = True
from mutants import mutants  # noqa: E402

CORE = os.path.join("rsp", "core")
LONGEST = 40  # seconds; a test that takes longer is left out
PATIENCE = 10  # times as long as it takes may a test take


def walk(top, pattern):
    for folder, folders, files in os.walk(top):
        folders.sort()
        for name in sorted(fnmatch.filter(files, pattern)):
            yield os.path.join(folder, name)


def squeeze(text):
    return " ".join(text.split())


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def used():
    u = resource.getrusage(resource.RUSAGE_CHILDREN)
    return u.ru_utime + u.ru_stime


def run(command, env, limit, cpu, memory):
    """The status, or None when it did not end in time or used too much of it;
    the seconds that it took, and those of CPU time."""
    def bound():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 26, 1 << 26))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    began, before = time.monotonic(), used()
    child = subprocess.Popen(
        command, env=env, start_new_session=True, preexec_fn=bound,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        status = child.wait(limit)
    except subprocess.TimeoutExpired:
        status = None
    try:  # itself, and whom it has left behind
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        status = None
    return status, time.monotonic() - began, used() - before


class Build:
    """A build of the tree: how it compiles, and its tests, linked again so that
    the core is a shared object beside them."""

    def __init__(self, options, path, scratch):
        self.top, self.path, self.scratch = options.top, path, scratch
        self.jobs, self.slowest = options.jobs, options.slowest
        top = self.top
        os.makedirs(os.path.join(scratch, "mutant"))
        v = self.variables("CC", "CFLAGS", "AM_CPPFLAGS", "DEFS", "CPPFLAGS",
                           "DEFAULT_INCLUDES", "EXEEXT", "check_PROGRAMS")
        cc = shlex.split(v["CC"])
        self.cc = [w for w in cc if os.path.basename(w) != "ccache"]
        self.flags = [w for key in ("DEFS", "DEFAULT_INCLUDES", "AM_CPPFLAGS",
                                    "CPPFLAGS", "CFLAGS")
                      for w in shlex.split(v[key])
                      if not w.startswith(("-W", "-O", "-g"))]
        self.flags += ["-O2", "-std=gnu11", "-w", "-fPIC"]
        self.sanitized = any("-fsanitize" in w for w in self.flags)
        exe = v["EXEEXT"]
        self.programs = [
            p[:len(p) - len(exe)] for p in v["check_PROGRAMS"].split()
            if os.path.basename(p).startswith("check_")]
        self.sources = {os.path.relpath(p, top): os.path.relpath(p, path)
                        for p in walk(os.path.join(top, CORE), "*.c")}
        self.objects = {}
        self.recipes = {}
        self.tests = {}  # name to seconds, CPU's, and whether it forks

    def variables(self, *names):
        text = subprocess.run(
            ["make", "-s", "--no-print-directory", "-C", self.path,
             "--eval=mutate-print:;@:$(foreach v,%s,$(info $v=$($v)))"
             % " ".join(names), "mutate-print"],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        return dict(line.split("=", 1) for line in text.splitlines()
                    if "=" in line)

    def compile(self, source, target, *more):
        return subprocess.run(
            [*self.cc, *self.flags, *more, "-c", "-o", target, source],
            cwd=self.path, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=120).returncode == 0

    def link_core(self, folder, objects, *more):
        subprocess.run(
            [*self.cc, *self.flags, *more, "-shared", "-Wl,-soname,libcore.so",
             "-o", os.path.join(folder, "libcore.so"), *objects, "-lm"],
            cwd=self.path, check=True)

    def compile_core(self, folder, *more):
        os.makedirs(folder, exist_ok=True)
        objects = {s: os.path.join(folder, s.replace(os.sep, "+")[:-2] + ".o")
                   for s in self.sources}
        with futures.ThreadPoolExecutor(self.jobs) as pool:
            done = pool.map(lambda s: self.compile(self.sources[s], objects[s],
                                                   *more), self.sources)
            for source, good in zip(self.sources, done):
                if not good:
                    sys.exit("%s does not compile" % source)
        self.link_core(folder, objects.values(), *more)
        return objects

    def archive(self, path):
        """An archive of libtool's, and what that needs."""
        base, name = os.path.split(path)
        text = read(os.path.join(self.path, path))
        old = re.search(r"^old_library='(.*)'", text, re.M).group(1)
        needs = re.search(r"^dependency_libs='(.*)'", text, re.M).group(1)
        return [os.path.join(base, ".libs", old)] + [
            w for w in needs.split() if w.startswith(("-l", "-L"))]

    def read_tests(self):
        """What each is linked from.  Those that stand between the core and
        malloc() have the core in themselves."""
        names = {p: re.sub(r"\W", "_", p) for p in self.programs}
        values = self.variables(*(n + end for n in names.values() for end in (
            "_OBJECTS", "_LDADD", "_LDFLAGS")))
        for program, name in names.items():
            parts = []
            for word in values[name + "_LDADD"].split():
                if word.startswith("librspcore"):
                    continue
                parts += self.archive(word) if word.endswith(".la") else [word]
            objects = values[name + "_OBJECTS"].split()
            wraps = [w for w in values[name + "_LDFLAGS"].split()
                     if "--wrap" in w]
            if not all(os.path.exists(os.path.join(self.path, o))
                       for o in objects):
                sys.exit("%s: %s is not built; make check TESTS= builds it" % (
                    self.path, program))
            self.recipes[program] = objects, parts, wraps

    def link(self, program, target, core, *more):
        """`core`: the shared object, or all objects for who has it inside."""
        objects, parts, wraps = self.recipes[program]
        return subprocess.run(
            [*self.cc, *self.flags, *more, *wraps, "-o", target, *objects,
             *core, *parts, "-lm", "-lpthread"], cwd=self.path,
            stderr=subprocess.DEVNULL).returncode == 0

    def has_core(self, program):
        return bool(self.recipes[program][2])

    def test(self, program):
        return os.path.join(self.scratch, program.replace(os.sep, "+"))

    def environment(self, core, forks, **more):
        env = dict(os.environ, LD_LIBRARY_PATH=core,
                   CK_FORK="yes" if forks else "no", **more)
        env["ASAN_OPTIONS"] = "hard_rss_limit_mb=2048:abort_on_error=0"
        return env

    def run(self, binary, core, forks, limit, cpu, **more):
        return run([binary], self.environment(core, forks, **more), limit,
                   int(cpu) + 1, 0 if self.sanitized else 1 << 31)

    def start(self):
        """Tests that pass, and how long they take."""
        base = os.path.join(self.scratch, "base")
        self.objects = self.compile_core(base)
        self.read_tests()
        for program in self.recipes:
            if not self.link(program, self.test(program),
                             self.objects.values() if self.has_core(program)
                             else [os.path.join(base, "libcore.so")]):
                print("%s cannot be linked this way" % program)
                continue
            self.try_test(program, base)

    def try_test(self, program, base):
        for forks in (False, True):
            status, seconds, cpu = self.run(self.test(program), base, forks,
                                            LONGEST, self.slowest)
            if status == 0:
                self.tests[program] = seconds, cpu, forks
                return
        print("%s is left out: %s" % (
            program, "too slow" if status is None else "fails"))

    def cover(self):
        """Which tests reach which lines: source to line to a set of tests; a
        line that is code and that no test reaches has an empty one."""
        folder = os.path.join(self.scratch, "cover")
        objects = self.compile_core(folder, "--coverage", "-O0")
        reached = {s: {} for s in self.sources}
        for program, (_, _, forks) in self.tests.items():
            data = os.path.join(folder, program.replace(os.sep, "+"))
            binary = self.test(program)
            if self.has_core(program):
                binary = os.path.join(folder, "test")
                self.link(program, binary, objects.values(), "--coverage")
            self.run(binary, folder, forks, 10 * LONGEST, 10 * self.slowest,
                     GCOV_PREFIX=data, GCOV_PREFIX_STRIP="99")
            self.note_lines(program, folder, data, reached)
            shutil.rmtree(data, ignore_errors=True)
        return reached

    def note_lines(self, program, folder, data, reached):
        if not os.path.isdir(data):
            return
        counts = fnmatch.filter(os.listdir(data), "*.gcda")
        for name in counts:
            note = name[:-len("gcda")] + "gcno"
            os.symlink(os.path.join(folder, note), os.path.join(data, note))
        out = subprocess.run(
            ["gcov", "--json-format", "--stdout", *counts], cwd=data,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for line in out.decode(errors="replace").splitlines():
            for f in json.loads(line)["files"] if line else ():
                source = os.path.relpath(os.path.normpath(
                    os.path.join(self.path, f["file"])), self.top)
                for entry in f["lines"] if source in reached else ():
                    tests = reached[source].setdefault(
                        entry["line_number"], set())
                    if entry["count"] > 0:
                        tests.add(program)

    def judge(self, source, compiled, tests):
        """Who notices this object in the place of the source's: a test's name,
        with how it did; None: nobody."""
        folder = os.path.join(self.scratch, "mutant")
        objects = [compiled if s == source else o
                   for s, o in self.objects.items()]
        self.link_core(folder, objects)
        for program in sorted((t for t in tests if t in self.tests),
                              key=lambda t: self.tests[t]):
            seconds, cpu, forks = self.tests[program]
            binary = self.test(program)
            if self.has_core(program):
                binary = os.path.join(folder, "test")
                self.link(program, binary, objects)
            status, _, _ = self.run(binary, folder, forks,
                                    PATIENCE * seconds + 10,
                                    PATIENCE * cpu + 1)
            if status != 0:
                return "%s %s" % (
                    os.path.basename(program), "does not end"
                    if status is None else "dies" if status < 0 else "fails")
        return None


class Place:
    """A mistake and where it is."""

    def __init__(self, source, text, mutant):
        self.source, self.mutant = source, mutant
        self.code = text[:mutant.start] + mutant.new + text[mutant.end:]
        self.first = text.count("\n", 0, mutant.start) + 1
        self.last = text.count("\n", 0, mutant.end) + 1
        begin = text.rfind("\n", 0, mutant.start) + 1
        end = text.find("\n", mutant.end)
        self.old = squeeze(text[begin:end])
        self.new = squeeze(text[begin:mutant.start] + mutant.new +
                           text[mutant.end:end])

    def __str__(self):
        return "%s:%d: %s\n%s: %s\n-> %s" % (
            self.source, self.first, self.mutant.kind,
            os.path.basename(self.source), self.old, self.new)

    def tests(self, reached):
        """Who reaches it, or what stands beside it: of a long statement gcov
        counts some lines only.  Tables and macros have no code at all."""
        lines = reached[self.source]
        before = max((n for n in lines if n <= self.first), default=0)
        near = {before, *range(self.first - 2, self.last + 3)} & set(lines)
        found = set().union(*(lines[n] for n in near))
        if not found and not set(range(self.first, self.last + 1)) & near:
            found = set().union(*lines.values())
        return found


class Left:
    """mutants.left."""

    def __init__(self, path):
        self.entries, self.complaints = [], []
        text = read(path) if os.path.exists(path) else ""
        lines = [x for x in text.splitlines() if not x.startswith("#")]
        for block in re.split(r"\n(?:[ \t]*\n)+", "\n".join(lines).strip()):
            if block:
                self.parse(block)

    def parse(self, block):
        head, because, reason = block.partition("\nbecause ")
        pairs = re.findall(r"^(\S+\.c): (.*)\n-> (.*)$", head, re.M)
        if not because or len(reason) < 10 or not pairs or \
                len(pairs) * 2 != len(head.splitlines()):
            self.complaints.append("mutants.left: cannot be read: %s" % block)
        self.entries += [(f, squeeze(a), squeeze(b)) for f, a, b in pairs]

    def has(self, place):
        name = os.path.basename(place.source)
        return any(f == name and a == place.old and b in ("*", place.new)
                   for f, a, b in self.entries)

    def stale(self, texts):
        by_name = {os.path.basename(s): squeeze(t) for s, t in texts.items()}
        return ["mutants.left: %s has no line %s" % (f, a)
                for f, a, _ in self.entries if a not in by_name.get(f, "")]


class Sample:
    def __init__(self, options, builds):
        self.options, self.builds = options, builds
        self.texts = {s: read(os.path.join(options.top, s))
                      for s in builds[0].sources
                      if fnmatch.fnmatch(os.path.basename(s), options.files)}
        self.seen = {}  # of each source, hashes of compiled code
        self.folder = tempfile.mkdtemp(dir=builds[0].scratch)

    def places(self):
        """All of them, in the order of the seed."""
        every = [Place(s, t, m) for s, t in self.texts.items()
                 for m in mutants(t)]
        random.Random(self.options.seed).shuffle(every)
        return every

    def digest(self, build, code):
        """Of what it compiles to in a build; None: it does not."""
        source = os.path.join(self.folder, "x.c")
        with open(source, "w", encoding="utf-8") as f:
            f.write(code)
        if not build.compile(source, self.compiled(build)):
            return None
        with open(self.compiled(build), "rb") as f:
            return hashlib.sha256(f.read()).digest()

    def compiled(self, build):
        return os.path.join(build.scratch, "x.o")

    def is_new(self, place):
        """It compiles, and to nothing that was there before."""
        first = self.builds[0]
        if place.source not in self.seen:
            self.seen[place.source] = {
                self.digest(first, self.texts[place.source])}
        code = self.digest(first, place.code)
        if code is None or code in self.seen[place.source]:
            return False
        self.seen[place.source].add(code)
        return True

    def judge(self, place, reached):
        """Of what was new just now."""
        tests = place.tests(reached)
        for build in self.builds if tests else ():
            if build is not self.builds[0]:
                self.digest(build, place.code)
            who = build.judge(place.source, self.compiled(build), tests)
            if who is not None:
                return who
        return None


def report(verdicts):
    """verdicts: source to [noticed, left, all]."""
    folders = collections.defaultdict(lambda: [0, 0, 0])
    for source, counts in verdicts.items():
        for name in {os.path.dirname(source), CORE + " in all"}:
            for i in range(3):
                folders[name][i] += counts[i]
    for name, (noticed, left, n) in sorted(verdicts.items()) + \
            sorted(folders.items()):
        print("%-30s %4d of %4d noticed, %5.1f %%%s" % (
            name, noticed, n, 100 * noticed / n,
            ", %d with a reason" % left if left else ""))
    noticed, left, n = folders[CORE + " in all"]
    return 100 * noticed / n if n else 100.0


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--minutes", type=float, default=0)
    p.add_argument("--files", default="*.c", help="pattern of their names")
    p.add_argument("--floor", type=float, default=85)
    p.add_argument("--slowest", type=float, default=15, help="seconds of CPU "
                   "time; a test that takes longer is left out")
    p.add_argument("--jobs", type=int, default=1, help="compilers at once")
    p.add_argument("--again", help="an earlier output: only what it shows")
    p.add_argument("top")
    p.add_argument("builds", nargs="+")
    options = p.parse_args()
    options.top = os.path.abspath(options.top)
    options.builds = [os.path.abspath(b) for b in options.builds]
    return options


def main():
    options = parse()
    scratch = tempfile.mkdtemp(prefix="mutate.")
    try:
        return mutate(options, scratch)
    finally:
        shutil.rmtree(scratch)


def mutate(options, scratch):
    builds = [Build(options, b, os.path.join(scratch, str(i)))
              for i, b in enumerate(options.builds)]
    for build in builds:
        build.start()
    reached = builds[0].cover()
    sample = Sample(options, builds)
    left = Left(os.path.join(options.top, "tests", "data", "mutants.left"))
    complaints = left.complaints
    if options.files == "*.c":
        complaints = complaints + left.stale(sample.texts)
    again = read(options.again) if options.again else None
    until = time.monotonic() + options.minutes * 60
    verdicts = collections.defaultdict(lambda: [0, 0, 0])
    n = 0
    for place in sample.places():
        if n >= options.count or \
                (options.minutes and time.monotonic() > until):
            break
        if again is not None and str(place) not in again:
            continue
        if not sample.is_new(place):
            continue
        n += 1
        who = sample.judge(place, reached)
        if n % 50 == 0:
            print("%d ..." % n, file=sys.stderr, flush=True)
        counts = verdicts[place.source]
        counts[2] += 1
        if who is not None:
            counts[0] += 1
        elif left.has(place):
            counts[1] += 1
        else:
            print("%s\n%s" % (place, "" if place.tests(reached) else
                              "no test comes here\n"), flush=True)
    share = report(verdicts)
    for each in complaints:
        print(each)
    print("seed %d: %d mistakes, %.1f %% noticed" % (options.seed, n, share))
    return 1 if complaints or share < options.floor else 0


if __name__ == "__main__":
    sys.exit(main())
