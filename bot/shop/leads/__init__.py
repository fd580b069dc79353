"""People who may buy: how promising they are, their appointments, and the calendar file of one."""
