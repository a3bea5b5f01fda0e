"""What a student receives of the grader: types, check words, engine and rendering. Standard library, torch, numpy."""
