"""A real kernel in a box: boots one where the host's lacks GRE, lays out namespaces, runs scenarios in them.

    python3 -m lab --list        what there is
    python3 -m lab NAME...       run scenarios (all but the benchmarks when no name is given)
    python3 -m lab shell         a shell in the network

Host side: `__main__` (words), `suite` (plan, boot, report), `kernels` (where to run). Inside the kernel: `inside` (runs
the scenarios one by one), `topology`, `process`, `nodes` (what a scenario is made of), `scenarios/`.
"""
