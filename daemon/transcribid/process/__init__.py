"""How a child process is run: started, limited, listened to, and never left behind."""
