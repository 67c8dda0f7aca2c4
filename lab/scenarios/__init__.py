"""One module for each subject; see lab/scenario.py for what a scenario is."""
