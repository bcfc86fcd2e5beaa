"""Read what exports of both formats have: tags, redirects, pictures, and the profiles of authors."""
