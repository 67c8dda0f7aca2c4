"""Unit tests of the lab and of the test tools: everything in them that needs no kernel."""
