"""Forms, downloads and chats of a site: how they come in and become leads."""
