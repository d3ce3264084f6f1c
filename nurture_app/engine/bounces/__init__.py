"""Bounces, complaints and what follows from them: read, judged, matched to the message, and acted on."""
