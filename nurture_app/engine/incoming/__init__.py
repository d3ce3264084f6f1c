"""Events other systems send: read, checked and stored as one batch; recorded on their leads soon after."""
