# The peers of `cargo bench --bench mixed_models`: lme4 and lmerTest on data of the same kind and size. CPU seconds.
#   Rscript benches/mixed_models_peers.R
suppressMessages(library(lmerTest))
set.seed(1)
cpu <- function(what, expression) {
  spent <- system.time(value <- expression)
  cat(sprintf("%-45s %9.3f s\n", what, spent[["user.self"]] + spent[["sys.self"]]))
  invisible(value)
}
clients <- 5000
d <- data.frame(client = factor(rep(1:clients, each = 20)), time = rep(0:19, clients), a = rnorm(20 * clients), b = rnorm(20 * clients), c = rnorm(20 * clients))
d$y <- 10 + rep(2 * rnorm(clients), each = 20) + (rep(0.2 * rnorm(clients), each = 20) - 0.1) * d$time + 0.3 * d$a + 2 * rnorm(20 * clients)
m <- cpu("random intercept, 100,000 rows", lmer(y ~ time + a + b + c + (1 | client), d))
cpu("its Satterthwaite df", coef(summary(m)))
cpu("random slope, 100,000 rows", lmer(y ~ time + a + b + c + (1 + time | client), d))
