"""What people do with a mail: links that tell, and who followed them, a person or a machine."""
