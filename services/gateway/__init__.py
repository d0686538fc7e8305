"""The gateway: agencies over HTTP. It says who asks, limits what may be asked, and hands documents to reception."""
