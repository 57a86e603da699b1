"""Rules: the language, its loader, the matcher and the measures and red flags they cite."""
