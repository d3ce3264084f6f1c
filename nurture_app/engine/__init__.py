"""What nurturing is: conditions, scores, segments, sequences, the gate and the runner. Never imports frappe."""
