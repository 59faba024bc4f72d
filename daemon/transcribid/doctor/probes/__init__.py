"""What the doctor looks at in processes of its own; only here does it touch native code."""
