"""A witness: a program for another office's machine that confirms that a log only grew (C2SP ``tlog-witness``)."""
