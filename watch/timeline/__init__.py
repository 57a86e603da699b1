"""What events and declarations tell when they are read together, vessel by vessel; pure functions of tables."""
