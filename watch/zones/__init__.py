"""Places that matter: geofences, waters of states, world ports, and finding what lies in them."""
