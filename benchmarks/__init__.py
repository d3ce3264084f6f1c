"""How fast the app is: each figure beside its floor or its peer, measured in the same run. See README.md."""
