"""Checks that the doctor runs in separate processes; only these touch native code."""
