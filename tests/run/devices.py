# SPDX-License-Identifier: MIT
"""The devices that a driver can be run on here, and why not on the others."""
import functools
import os
import subprocess

DRYDOCK = os.environ["DRYDOCK"]


@functools.lru_cache(maxsize=None)
def listed():
    """Device -> why it cannot be used here; empty: it can."""
    lines = subprocess.run([DRYDOCK, "devices"], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.splitlines()
    return {line.split()[0]: line.partition("; not here: ")[2] for line in lines if line.strip()}


def why_not(device):
    """Empty: it can be used; else why not."""
    return listed().get(device, f"{device} is not offered here")


def on_each(*devices):
    """A test method's decorator: once for each device; those that are not here are skipped."""
    def decorate(test):
        @functools.wraps(test)
        def run(self):
            missing = []
            for device in devices:
                if why_not(device):
                    missing.append(f"{device}: {why_not(device)}")
                    continue
                with self.subTest(device=device):
                    test(self, device)
            for reason in missing:
                with self.subTest(missing=reason):
                    self.skipTest(reason)
        return run
    return decorate
