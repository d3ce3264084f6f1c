"""What leaves by HTTP: written with the step, sent by a job of its own, never silently twice."""
